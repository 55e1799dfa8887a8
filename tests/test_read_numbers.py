"""One reader for every command's files: what is read, and what is refused with what was seen."""

import re

import numpy as np
import pytest

from theory import ParameterError
from theory._read_numbers import read_array, read_columns, read_matrix, read_vector

COLUMNS = ({"eigenvalue": {"eigenvalues"}, "squared coefficient": set()}, {"multiplicity": set()})


def text(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def saved(folder, array, name="a.npy"):
    with open(folder / name, "wb") as file:
        np.save(file, array)
    return folder / name


@pytest.mark.parametrize(
    "content",
    ["1.0,0.5  # mode\n0.25,2\n", "# a note\n\n1,.5\n0.25,2e0\n", "\ufeff1,0.5\r\n0.25,2\r\n",
     "eigenvalue,squared coefficient\n1,.5\n.25,2\n",
     '"Squared_Coefficient","EIGENVALUES"\n.5,1\n2,.25\n',
     ",eigenvalue,squared-coefficient\n0,1,.5\n1,.25,2\n"],
)  # fmt: skip
def test_columns_are_read_in_order_or_by_name_and_no_row_is_lost(tmp_path, content):
    found = read_columns(text(tmp_path, content), *COLUMNS)
    assert list(found["eigenvalue"]) == [1, 0.25]
    assert list(found["squared coefficient"]) == [0.5, 2]


def test_vectors_are_one_column_or_one_row_and_matrices_keep_their_type(tmp_path):
    for content in ("1\n2\n3\n", "1,2,3\n", "label\n1\n2\n3\n", ",y\n7,1\n8,2\n9,3\n"):
        assert list(read_vector(text(tmp_path, content))) == [1, 2, 3]
    single = np.eye(3, dtype=np.float32)
    assert read_matrix(saved(tmp_path, single)).dtype == np.float32
    assert read_matrix(saved(tmp_path, np.eye(2, dtype=int))).dtype == np.float64
    np.testing.assert_array_equal(read_matrix(text(tmp_path, "1,2\n3,4")), [[1, 2], [3, 4]])
    assert read_array(saved(tmp_path, np.zeros((2, 3, 4))), 3).shape == (2, 3, 4)


REFUSED = [
    ("1,nan\n", "holds nan at [1, 2]; wanted: finite numbers"),
    ("nan,1\n2,3\n", "holds nan at [1, 1]"),
    ("1,2\n3,inf\n", "holds inf at [2, 2]"),
    ("", "is empty"),
    ("# nothing\n", "is empty"),
    ("eigenvalue,squared coefficient\n", "has a header and no rows"),
    ("1.0,abc\n", "a row of numbers in which 'abc' stands"),
    (",0,1\n0,1,2\n", "a row of numbers in which '' stands"),
    ("1;2\n3;4\n", "table of numbers"),
    ("1,2\n3\n", "table of numbers"),
    ("1,2\n3,x\n", "table of numbers"),
    ("eigenvalue\n1\n", "has columns 'eigenvalue'; wanted: columns eigenvalue, squared coeff"),
    ("eigenvalue,color\n1,2\n", "has columns 'eigenvalue', 'color'"),
    ("eigenvalue,eigenvalues\n1,2\n", "has columns"),
    ("1,2,3,4\n", "has shape (1, 4); wanted: columns"),
    ("1\n2\n", "has shape (2, 1); wanted: columns"),
    (b"\xff\xfe1\x00", "is not UTF-8 text"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED)
def test_what_does_not_fit_is_refused_with_what_was_seen(tmp_path, content, says):
    with pytest.raises(ParameterError, match=re.escape(says)) as refused:
        read_columns(text(tmp_path, content), *COLUMNS)
    assert "a.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


ARRAYS = [
    (np.zeros(0), "has shape (0,)"),
    (np.ones(2, dtype=complex), "holds complex128; wanted: real numbers"),
    (np.zeros(2, dtype=[("a", float), ("b", float)]), "wanted: real numbers"),
    (np.array(["1", "2"]), "wanted: real numbers"),
    (np.array([True, False]), "holds bool"),
    (np.array([1.0, np.nan]), "holds nan at [2]"),
    (np.ones((2, 2)), "has shape (2, 2); wanted: a vector"),
    (np.float64(3.0), "has shape (); wanted: a vector"),
]


@pytest.mark.parametrize(("array", "says"), ARRAYS)
def test_arrays_of_other_kinds_are_refused(tmp_path, array, says):
    with pytest.raises(ParameterError, match=re.escape(says)):
        read_vector(saved(tmp_path, array))


def test_files_that_are_no_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "b.npz", x=np.ones(2), y=np.ones(3))
    archive = (tmp_path / "b.npz").rename(tmp_path / "b.npy")
    for path, says in (
        (archive, "is an archive of 'x', 'y'"),
        (text(tmp_path, b"", "empty.npy"), "is not a .npy array"),
        (text(tmp_path, b"\x93NUMPY\x01\x00v\x00{'descr'", "cut.npy"), "is not a .npy array"),
        (text(tmp_path, "1\n2\n", "a.txt"), "ends in '.txt'; wanted: a .npy or .csv file"),
        (tmp_path / "missing.csv", "No such file"),
        (tmp_path / "missing.npy", "No such file"),
    ):
        with pytest.raises(ParameterError, match=re.escape(says)):
            read_vector(path)
    np.save(tmp_path / "o.npy", np.array([1, None], dtype=object), allow_pickle=True)
    with pytest.raises(ParameterError, match=r"is not a \.npy array"):
        read_vector(tmp_path / "o.npy")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ParameterError, match="directory"):
        read_vector(tmp_path / "folder.csv")
    with pytest.raises(ParameterError, match="a matrix without names"):
        read_matrix(text(tmp_path, "a,b\n1,2\n3,4\n"))
