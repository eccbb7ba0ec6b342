"""What the machine refuses - memory, room, rights - said in a sentence, wherever it comes up."""

from __future__ import annotations

import errno

from fmbstats.atomic import is_full
from fmbstats.errors import PlaceError, SpaceError, UserError
from fmbstats.store.paths import MEMORY_VARIABLE

# What the place or the rights are to blame for, never the program.
_OF_PLACES = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ELOOP,
    errno.ENAMETOOLONG, errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV,
}  # fmt: skip
_TOO_MANY = {errno.EMFILE, errno.ENFILE}
# How libraries say, without a type of its own, that memory or threads are at an end.
_OUT_OF_MEMORY = (
    "out of memory", "cannot allocate memory", "failed to allocate", "memory allocation",
    "can't start new thread", "resource temporarily unavailable", "could not allocate",
    "std::bad_alloc", "cannot map", "failed to map segment", "can't spawn worker thread",
)  # fmt: skip
# Address space that the libraries take before any data are read; with less, some of them abort the
# interpreter or wait for ever instead of saying so.
_LEAST_KIB = 3_500_000


def check_memory() -> None:
    """Refuse to begin where the libraries alone would not fit.

    Raises SpaceError: the process may have less address space (``ulimit -v``) than they map.
    """
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # no such limits here
        return
    limit = getrlimit(RLIMIT_AS)[0]
    if limit != RLIM_INFINITY and limit < _LEAST_KIB * 1024:
        raise SpaceError(
            f"The memory does not suffice: this process may have {limit // 1024:,} KiB (ulimit "
            f"-v), and at least {_LEAST_KIB:,} are needed. Raise the limit; nothing was begun."
        )


def of_the_machine(error: BaseException) -> UserError | None:
    """Return what the machine refused, for the user; None when the error is none of that kind."""
    if is_full(error):
        return SpaceError(
            f"No space left to write ({_first_line(error)}). What is already in place is whole and "
            "untouched. Make room (temporary files lie where TMPDIR says) and run the same "
            "command again."
        )
    if is_out_of_memory(error):
        return SpaceError(
            f"The memory does not suffice ({_first_line(error)}). What is already in place is "
            "whole and untouched. Free memory, raise the limit (ulimit -v; of a build "
            f"{MEMORY_VARIABLE}, as 8GB), or give fewer --jobs."
        )
    if isinstance(error, OSError) and error.errno in _TOO_MANY:
        return SpaceError(
            f"Too many files are open ({error.strerror}). Raise the limit (ulimit -n)."
        )
    if isinstance(error, OSError) and error.errno in _OF_PLACES:
        place = f"{error.filename}: " if error.filename else ""
        return PlaceError(f"{place}{error.strerror}. Name another place, or mend its permissions.")
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python, the system or a library says that memory is at an end."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN):
        return True
    said = str(error).lower()
    is_of_library = isinstance(error, RuntimeError | OSError | ImportError) or (
        type(error).__module__.partition(".")[0]
        in ("duckdb", "_duckdb", "polars", "pyarrow", "pyo3_runtime")
    )
    return is_of_library and any(words in said for words in _OUT_OF_MEMORY)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160].rstrip(".")
