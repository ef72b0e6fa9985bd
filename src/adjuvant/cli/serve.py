"""`adjuvant serve`: the site of a study, opened in the browser."""

import sys
import webbrowser
from pathlib import Path

import click

from adjuvant.cli.output import print_json, say

__all__ = ["serve"]


@click.command()
@click.argument("study", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--training", is_flag=True, help="A site to practise on: it can never hold patients.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--open/--no-open", "open_browser", default=None, help="Open a browser, or do not.")
@click.option("--json", "as_json", is_flag=True, help="Print address and links as JSON first.")
def serve(
    study: Path,
    training: bool,
    host: str,
    port: int,
    workers: int,
    threads: int,
    open_browser: bool | None,
    as_json: bool,
) -> None:
    """Serve the site of the study folder STUDY (default: this folder).

    Production needs a protocol signed with `adjuvant sign`.
    """
    from adjuvant.conduct import server

    address = server.Address(host, port, workers, threads)
    server.check_port_is_free(address)
    say(f"Making the site of {study.absolute().name} ready ...")
    server.prepare(study, "training" if training else "production")
    if as_json:
        links = _links(address.url) if training else []
        print_json({"schema": "adjuvant/serve/1", "url": address.url, "links": dict(links)})
    elif training:
        _print_links(address.url)
    else:
        click.echo(f"Serving on {address.url} (behind your HTTPS proxy). Stop with Ctrl-C.")
    terminal = sys.stdout.isatty()
    if open_browser or (open_browser is None and training and terminal):
        webbrowser.open(address.url)
    server.serve(address)


def _links(url: str) -> list[tuple[str, str]]:
    """Return words and address of a fresh link for each training person.

    The training sites are made first, and the newest version is put into force there.
    """
    from adjuvant.conduct.people.training import one_time_links
    from adjuvant.conduct.protocols.training import approve_in_training

    links = one_time_links()
    approve_in_training()
    return [(words, f"{url.rstrip('/')}{path}") for words, path in links]


def _print_links(url: str) -> None:
    """Print a link for each training person, good for one log-in."""
    click.echo("\nTraining site. Each link logs in once, as the person named:\n")
    links = _links(url)
    width = max(len(words) for words, _ in links)
    for words, link in links:
        click.echo(f"  {words:<{width}}  {link}")
    click.echo("\nStop with Ctrl-C; start again for new links.\n")
