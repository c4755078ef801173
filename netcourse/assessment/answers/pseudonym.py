"""A friendly random name for a learner, who stays unknown: amber-heron-4821."""

from __future__ import annotations

import secrets

_COLOURS = (
    "amber azure beige bronze cherry cobalt copper coral crimson cyan ebony emerald fern golden"
    " hazel indigo ivory jade khaki lemon lilac lime mauve mint ochre olive opal pearl plum ruby"
    " russet saffron sage sepia silver slate teal umber violet white"
)
_ANIMALS = (
    "badger bat bear beaver bison bittern crane curlew deer dolphin dormouse eagle egret falcon"
    " ferret finch fox frog gecko goose hare hawk hedgehog heron ibex jay kestrel kite lark lizard"
    " lynx magpie marten mole moose newt otter owl panda pelican plover puffin quail rabbit raven"
    " robin salmon seal shrew skylark sparrow squirrel stork swan swift tern toad trout turtle vole"
    " walrus weasel whale wolf wren"
)
COLOURS, ANIMALS = tuple(_COLOURS.split()), tuple(_ANIMALS.split())
PATTERN = r"^[a-z][a-z0-9]{0,15}(-[a-z0-9]{1,16}){1,3}$"
LARGEST_SEED = 2**31 - 1


def new_pseudonym() -> str:
    """Return a random colour, animal and number; nothing about the person goes into it."""
    return f"{secrets.choice(COLOURS)}-{secrets.choice(ANIMALS)}-{1000 + secrets.randbelow(9000)}"


def new_course_seed() -> int:
    """Return the random number from which all of a learner's cases are drawn."""
    return 1 + secrets.randbelow(LARGEST_SEED)
