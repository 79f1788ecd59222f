"""The muscle in space: a cross-section with its fibres, vessels, cells and the signals between them."""
