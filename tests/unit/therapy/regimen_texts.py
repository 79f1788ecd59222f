"""A small library of routes and short regimens for the tests of regimens."""

from myoflare.base.errors import TherapyError
from myoflare.store import suggest
from myoflare.store.document import parse_document
from myoflare.therapy.regimen import regimen_from

LIBRARY = {
    "prednisone": {"oral": "mg"}, "methotrexate": {"oral": "mg", "sc": "mg"}, "ivig": {"iv": "g", "sc": "g"},
    "rituximab": {"iv": "mg"}, "cd19_cart": {"iv": "cell"}, "acth_gel": {"sc": "U"},
}  # fmt: skip


def routes(drug):
    if drug not in LIBRARY:
        raise TherapyError(f"drug {drug!r}", "no such drug", "a name", suggest(drug, LIBRARY))
    return LIBRARY[drug]


def regimen(body, **more):
    text = f"name: r\ntitle: A regimen\n{body}"
    return regimen_from(parse_document(text, "r.yaml", TherapyError), routes=routes, **more)


ORAL = "  - {drug: prednisone, dose: 1 mg/kg, cap: 80 mg, every_days: 1}\n"
FLARE = "rules:\n  - {name: flare, when: CK_xULN > 1.3 * CK_xULN_last, then: {back_one_step: prednisone}}\n"
T1 = f"doses:\n{ORAL}tapers:\n  - {{drug: prednisone, scheme: T1}}\n"
