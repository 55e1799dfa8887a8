"""The checker of annotations at test time: beartype, with ints accepted where floats are."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
