"""What `run` and `demo` do alike with a course: name it, explain it, and write its folder with the page."""


def keep(course, person, folder, progress=None, what_if=True, with_report=True, force=False):
    """Diagnose, explain and write one course to ``folder``. Returns the summary row."""
    from myoflare.clinic import diagnose, summarise, visits
    from myoflare.cohort import explain
    from myoflare.store import write_run

    verdict = diagnose(course)
    summary = summarise(course, verdict)
    why = explain(course, person, counterfactuals=what_if, progress=progress)
    pages = {"report.html": page(course, why.plain(), verdict)} if with_report else {}
    tables = {"measured.csv": visits(course)}
    write_run(folder, course, summary=summary, explanation=why.plain(), tables=tables, pages=pages, force=force)
    if not why.finished:
        raise KeyboardInterrupt  # the comparisons that are finished are kept; what comes next is not begun
    return summary


def page(course, explanation, verdict):
    """A function that writes the page, given its path."""
    from myoflare.cohort.course import load_shipped
    from myoflare.cohort.explain import network_of
    from myoflare.report import write_report

    return lambda path: write_report(course, explanation, verdict, path, model=network_of(course, load_shipped()))
