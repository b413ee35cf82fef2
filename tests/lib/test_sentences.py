"""Sentences of parts with moods: one text, and the same text with its parts coloured."""

from lib.sentences import Phrase, joined, sentence


def test_the_text_and_the_coloured_text_say_the_same():
    told = sentence("47项达标；", *joined([Phrase("4项滞后", "behind"), Phrase("2项未报")], "、"), "。", "")
    assert str(told) == "47项达标；4项滞后、2项未报。"
    assert told.html == '47项达标；<span class="behind">4项滞后</span>、2项未报。'


def test_words_that_people_typed_stay_words():
    assert sentence(Phrase("<b>名</b>", "near")).html == '<span class="near">&lt;b&gt;名&lt;/b&gt;</span>'


def test_nothing_to_say_is_no_sentence():
    assert not sentence()
    assert not sentence("", Phrase("", "behind"))
