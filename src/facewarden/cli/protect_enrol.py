"""``facewarden protect enrol``: photos in, an encrypted template and hashes kept, words and numbers out."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facewarden.cli.door import ANY, DAY, json_option, say
from facewarden.cli.exit_codes import ERROR, FOUND_NOTHING, INCONCLUSIVE
from facewarden.cli.language import language_of
from facewarden.cli.protect_door import at_work, place_and_key
from facewarden.errors import UsageError
from facewarden.messages import LANGUAGES

if TYPE_CHECKING:
    from facewarden.protect.person import FaceQuality


@click.command("enrol", short_help="Enrol somebody with photos.")
@click.argument("name")
@click.argument("paths", metavar="PHOTO...", nargs=-1, required=True, type=ANY)
@at_work
@click.option(
    "--consent",
    type=click.Choice(["self", "guardian", "representative"]),
    help="Who agreed. Needed for somebody new.",
)
@click.option("--purpose", help="What the person agreed to, in your words. Needed for somebody new.")
@click.option(
    "--expires", type=DAY, metavar="YYYY-MM-DD", help="Day from which on the person is not looked for."
)
@click.option("--add", is_flag=True, help="Add to somebody who is enrolled.")
@click.option(
    "--material", is_flag=True, help="Files are photos or clips to be found again, with any face or none."
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of advice.  [default: from LANG, or en]")
@json_option
@click.pass_context
def enrol_command(
    ctx: click.Context,
    *,
    name: str,
    paths: tuple[Path, ...],
    folder: Path | None,
    passphrase_file: Path | None,
    consent: str | None,
    purpose: str | None,
    expires: dt.datetime | None,
    add: bool,
    material: bool,
    lang: str | None,
    as_json: bool,
) -> None:
    """Enrol NAME with 1 to 20 photos, each of this person and of nobody else.

    Of each photo a face template and hashes are kept, encrypted; the photo stays where it is and is never shown. Three
    to five photos of different days and lights are a good choice.

    \b
    Exit codes:
      0  everything was enrolled
      3  some were refused; it says why
      2  nothing was enrolled, or the command was used wrongly
    """
    if not add and (consent is None or purpose is None):
        raise click.UsageError(
            "Say who agreed and to what: --consent and --purpose. Further photos of somebody who is enrolled go with "
            "--add.",
            ctx,
        )
    if add and (consent is not None or purpose is not None):
        raise click.UsageError("Consent is given once; --add is for further photos of the same person.", ctx)
    from facewarden.protect import store
    from facewarden.protect.enrolment import ENOUGH_PHOTOS, Enrolment, with_candidates
    from facewarden.protect.person import Features, GivenBy, checked_name, checked_purpose, stamp

    language = lang or language_of(os.environ)
    place, key = place_and_key(folder, passphrase_file)
    checked_name(name)
    known = Features()
    with store.opened(place, key) as people:
        negative = people.shelf.ignored().negative()
        if add:
            person = people.find(name)
            if person.withdrawn:
                raise UsageError(store.WITHDRAWN)
            known = people.features(person)
        elif people.knows(name):
            raise UsageError(
                f"Somebody is enrolled as {name!r} already. Add photos with --add, or choose another name."
            )
    if purpose is not None:
        checked_purpose(purpose)

    # The store is free while the photos are looked at, which takes seconds.
    enrolment = Enrolment(known=known, negative=negative)
    candidates = enrolment.material(paths) if material else enrolment.photos(paths)
    accepted = sum(each.accepted for each in candidates)
    first = 1
    if accepted:
        with store.opened(place, key) as people:
            now = stamp(store.utc_now())
            if add:
                person = people.find(name)
                first = person.next_number
                changed, features = with_candidates(person, people.features(person), candidates, now=now)
                people.update(
                    changed.model_copy(update={"expires": expires.date()}) if expires else changed, features
                )
            else:
                day = expires.date() if expires else None
                fresh = people.drafted(
                    name, purpose=purpose or "", by=GivenBy(consent or "self"), expires=day
                )
                person, features = with_candidates(fresh, Features(), candidates, now=now)
                people.add(name, purpose=person.consent.purpose, person=person, features=features)
    number = first
    for path, each in zip(paths, candidates, strict=True):
        words = [message.render(language) for message in (*each.faults, *each.notes)]
        if each.accepted:
            words.insert(0, _accepted(each.quality, language))
        item = number if each.accepted else None
        number += each.accepted
        fields = {
            "path": os.fsencode(path).decode("utf-8", "backslashreplace"),
            "item": item,
            "accepted": each.accepted,
            "reasons": [message.id for message in (*each.faults, *each.notes)],
            "sentences": words,
            "quality": None if each.quality is None else each.quality.model_dump(),
        }
        say(fields, f"{path.name}: {' '.join(words)}", as_json=as_json)
    if accepted and not material and number - 1 < ENOUGH_PHOTOS:
        from facewarden.cli.streams import tell
        from facewarden.messages import say as sentence

        tell(sentence("enrol.few", language))
    ctx.exit(ERROR if not accepted else FOUND_NOTHING if accepted == len(candidates) else INCONCLUSIVE)


def _accepted(quality: FaceQuality | None, language: str) -> str:
    from facewarden.messages import say as sentence

    if quality is None:
        return sentence("enrol.material", language)
    return sentence(
        "enrol.accepted",
        language,
        px=round(quality.height_px),
        sharpness=f"{quality.sharpness:.2f}",
        yaw=round(abs(quality.yaw_deg)),
    )
