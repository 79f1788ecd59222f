"""How fast the engine is, beside other people's. ``myoflare bench`` runs it; results lie in ``results``."""
