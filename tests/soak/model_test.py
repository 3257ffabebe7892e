#!/usr/bin/python3
"""The judge of the soak judges rightly: what cannot be is told of, what may be is not."""
import sys
import unittest

sys.dont_write_bytecode = True
from memory import ALLOWANCE_BYTES, MIB, Sample, judge  # noqa: E402
from model import DOUBT_SECONDS, NOTHING, Cache, Fault, Held, Key, Model, expiry  # noqa: E402

BASE = 20 * MIB


class Judging(unittest.TestCase):
    def setUp(self):
        self.cache = Cache(7, is_roomy=True)
        self.model = Model(self.cache)
        self.key = Key(b"0-1-kkkk")

    def store(self, sent_at=1.0, now=1.1, ttl=0, size=100):
        content = self.model.new_content(size)
        self.model.change(self.key, Held(content, sent_at, now, **expiry(ttl, sent_at, now)))
        return self.model.value(self.key, content)

    def see(self, value, asked_at):
        self.model.judge_value(self.key, value, 1, asked_at, asked_at + 0.01)

    def miss(self, asked_at):
        self.model.judge_gone(self.key, asked_at, asked_at + 0.01)

    def assert_fault(self, kind, act, *arguments):
        with self.assertRaises(Fault) as caught:
            act(*arguments)
        self.assertTrue(str(caught.exception).startswith(kind), caught.exception)

    def test_what_was_stored_may_be_read_and_must_be_there(self):
        value = self.store()
        self.see(value, 2)
        self.assert_fault("lost", self.miss, 3)

    def test_in_a_tight_cache_it_may_go_and_may_not_come_back(self):
        self.cache.is_roomy = False
        value = self.store()
        self.miss(2)
        self.assert_fault("stale", self.see, value, 3)

    def test_an_older_value_is_stale_at_any_size(self):
        for size in (8, 20, 100, 5000):
            old = self.store(size=size)
            self.store(size=size)
            self.assert_fault("stale", self.see, old, 2)

    def test_a_value_of_another_key_or_cache_is_foreign(self):
        self.store()
        content = self.key.held.content
        other_key = self.model.value(Key(b"0-2-kkkk"), content)
        other_cache = Model(Cache(8, is_roomy=True)).value(self.key, content)
        for value in (other_key, other_cache, b"", b"anything"):
            self.assert_fault("" if not value else "foreign", self.see, value, 2)

    def test_a_value_with_one_other_byte_is_told_of(self):
        value = bytearray(self.store(size=5000))
        value[4000] ^= 1
        self.assert_fault("stale", self.see, bytes(value), 2)

    def test_it_may_expire_about_its_time_and_must_be_gone_after(self):
        value = self.store(sent_at=10, now=10, ttl=5)
        self.see(value, 13)
        self.assert_fault("lost", self.miss, 13)
        self.see(value, 15)
        self.assert_fault("stale", self.see, value, 17)
        self.miss(17)

    def test_a_flush_removes_what_was_before_and_nothing_after(self):
        value = self.store(now=1.1)
        wipe = self.cache.begin_wipe(2)
        self.see(value, 2.5)
        wipe[1] = 3
        self.assert_fault("stale", self.see, value, 3.5)
        self.miss(3.5)
        self.store(sent_at=4, now=4.1)
        self.assert_fault("lost", self.miss, 5)

    def test_what_was_stored_during_a_flush_may_be_gone_or_there(self):
        wipe = self.cache.begin_wipe(2)
        value = self.store(sent_at=2.1, now=2.2)
        wipe[1] = 3
        self.see(value, 4)
        self.miss(4)

    def test_a_doubtful_set_leaves_the_old_or_the_new_value_and_no_third(self):
        older = self.store()
        old = self.store()
        content = self.model.new_content(100)
        self.model.doubt(self.key, Held(content, 2, 2), now=2)
        new = self.model.value(self.key, content)
        self.see(new, 3)
        self.see(old, 3)  # it may take effect yet
        self.assert_fault("stale", self.see, older, 3)
        self.assert_fault("lost", self.miss, 3)

    def test_a_doubt_is_settled_by_the_first_look_after_its_time(self):
        old = self.store()
        content = self.model.new_content(100)
        self.model.doubt(self.key, Held(content, 2, 2), now=2)
        late = 3 + DOUBT_SECONDS
        self.see(self.model.value(self.key, content), late)
        self.assertEqual(self.key.doubts, [])
        self.assert_fault("stale", self.see, old, late + 1)

    def test_a_doubtful_delete_may_have_been_done(self):
        value = self.store()
        self.model.doubt(self.key, NOTHING, now=2)
        self.see(value, 3)
        self.miss(3)
        self.miss(3 + DOUBT_SECONDS)
        self.assert_fault("stale", self.see, value, 4 + DOUBT_SECONDS)

    def test_bytes_held_follow_what_is_stored_and_removed(self):
        self.store(size=1000)
        self.store(size=500)
        self.assertEqual(self.cache.held_bytes, len(self.key.name) + 500 + 64)
        self.model.change(self.key, NOTHING)
        self.assertEqual(self.cache.held_bytes, 0)


class Memory(unittest.TestCase):
    @staticmethod
    def samples(excess_of, charged=100 * MIB, count=60):
        return [Sample(at, int(1.2 * charged) + excess_of(at), charged, 1) for at in range(count)]

    def faults(self, samples):
        return judge(samples, BASE)[0]

    def test_a_flat_excess_below_the_bound_is_right(self):
        self.assertEqual(self.faults(self.samples(lambda at: 30 * MIB)), [])

    def test_a_peak_beyond_the_bound_is_told_of(self):
        peak = self.samples(lambda at: BASE + ALLOWANCE_BYTES + MIB if at == 30 else 0)
        self.assertRegex(self.faults(peak)[0], "at 30 s")

    def test_a_slow_leak_below_the_bound_is_told_of(self):
        self.assertRegex(self.faults(self.samples(lambda at: at * MIB))[0], "not flat")

    def test_memory_that_is_given_back_after_a_flush_has_its_time(self):
        full, flushed = self.samples(lambda at: 0), self.samples(lambda at: 0, charged=0)
        for sample in flushed[:5]:
            sample.resident_bytes = full[0].resident_bytes
        joined = full[:30] + [Sample(30 + one.at, one.resident_bytes, one.charged_bytes, 1)
                              for one in flushed]
        self.assertEqual(self.faults(joined), [])
        for sample in joined[30:]:
            sample.resident_bytes = full[0].resident_bytes
        self.assertNotEqual(self.faults(joined), [])


if __name__ == "__main__":
    unittest.main()
