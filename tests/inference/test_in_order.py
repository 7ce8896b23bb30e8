import threading
import time

import pytest

from posterplot.inference.in_order import in_order


def test_results_keep_the_order_of_the_items():
    def work(n):
        time.sleep(0.005 * (n % 3 == 0))
        return n * n

    assert list(in_order(work, range(20), ahead=8, threads=4)) == [n * n for n in range(20)]


def test_no_more_items_are_taken_than_asked_for():
    taken = []

    def items():
        for n in range(10):
            taken.append(n)
            yield n

    results = in_order(str, items(), ahead=3, threads=2)
    assert next(results) == "0"
    assert taken == [0, 1, 2]
    results.close()


def test_several_items_run_at_once():
    both = threading.Barrier(2, timeout=5)
    assert list(in_order(lambda _: both.wait() >= 0, range(2), ahead=2, threads=2)) == [True] * 2


def test_an_error_of_an_item_is_raised_in_its_turn():
    results = in_order(lambda n: 1 // n, [1, 0], ahead=2, threads=2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
