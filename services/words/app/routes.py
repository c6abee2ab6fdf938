"""The service's routes."""

from typing import NoReturn

from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import JSON, Answer, Operation, Settings, invalid, read_json, read_query, resource

from . import lexicon as lexicons
from .contract import Filled, FillRequest, Words, WordsQuery
from .fill import UnknownWord, choose, compose
from .grammar import LANGUAGES, Form, Kind, Lang
from .limits import BLANKS_MAX
from .sampling import Draws
from .template import parse


def routes(settings: Settings) -> list[Route]:
    """`GET {BASE_PATH}?kind=noun&count=3` and `POST {BASE_PATH}/fill`."""
    lexicon = lexicons.load()

    def get_words(request: Request) -> Response:
        query = read_query(request, WordsQuery)
        words = lexicon.get((query.lang, query.kind, query.form))
        if words is None:
            refuse_form(query.lang, query.kind, query.form)
        numbers = Draws(query.seed).different(query.count, len(words.words))
        return JSON(Raw(words.answer(numbers)))

    async def fill_template(request: Request) -> Response:
        body = await read_json(request, FillRequest)
        template = parse(body.template, body.lang)
        if len(template.blanks) > BLANKS_MAX:
            raise invalid("template", f"must have at most {BLANKS_MAX} blanks")
        if len(body.keep) > len(template.blanks):
            raise invalid("keep", f"must not have more entries than the template has blanks: {len(template.blanks)}")
        try:
            chosen = choose(lexicon, body.lang, template, body.keep, body.seed)
        except UnknownWord as unknown:
            words = unknown.words
            detail = f"must be null or a {words.kind} of the lexicon ({words.lang}, {words.form})"
            raise invalid(f"keep[{unknown.blank}]", detail) from None
        text, slots = compose(body.lang, template, chosen)
        return JSON(Filled(body.lang, text, slots))

    get = Operation(
        get_words,
        id="getWords",
        summary="Random words",
        description=_FORMS,
        query=WordsQuery,
        answers={200: Answer("Different words in random order.", Words)},
        problems={422: "The query does not fit the schema, or the kind lacks the form in that language."},
    )
    post = Operation(
        fill_template,
        id="fillTemplate",
        summary="A template filled with words",
        description=_BLANKS,
        body=FillRequest,
        answers={200: Answer("The story.", Filled)},
        problems={422: "The body does not fit the schema, there are too many blanks, or a kept word is not known."},
    )
    return [resource(settings.path(), GET=get), resource(settings.path("/fill"), POST=post)]


def refuse_form(lang: Lang, kind: Kind, form: Form | None) -> NoReturn:
    """Raises the 422 about a form that the kind lacks."""
    raise invalid("form", f"{form} is no form of {kind} in {lang}: {', '.join(LANGUAGES[lang].forms[kind])}")


_FORMS = "Forms, each kind's default first:\n\n" + "\n".join(
    f"- `{lang}` {kind}: {', '.join(sorted(forms, key=lambda form: form != grammar.default[kind]))}"
    for lang, grammar in LANGUAGES.items()
    for kind, forms in grammar.forms.items()
)
_BLANKS = f"""A blank is `{{noun}}`, `{{verb}}` or `{{adjective}}`, with a form where it is not the default one:
`{{verb:past}}`. Upper and lower case are the same. Korean templates may name kinds and forms in Korean:
`{{동사:과거}}`. Anything else in braces is text. A template has at most {BLANKS_MAX} blanks.

"a" and "an" before an English blank follow the word's sound, and a word that begins a sentence gets a capital.
Particles behind a Korean blank (은/는, 이/가, 을/를, 으로/로, 와/과: a pair, or one of them) follow the word's last
letter."""
