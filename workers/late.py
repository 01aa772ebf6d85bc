"""Words of a filing whose case a person joined to another one, or that was taken back.

Its residents wait in the joined case now. An answer that plainly settles their problem reaches all of them; of any
other a person says whether it does (`desk decide ID tell`): most are about the filing itself («закрыто как повтор»).
"""

from collections.abc import Sequence
from typing import Any

from canonical.answer import Answer
from canonical.states import AssignmentState

A = AssignmentState
#: The recipient only confirms that we took the filing back: nobody needs to look.
EXPECTED = "withdrawal_confirmed"
_OVER = (A.answered, A.declined, A.withdrawn, A.redirected)


def find_objection(recipient: str, reading: Answer, taken_back: bool, over: bool, speakers: set[str]) -> str | None:
    """Why this final word of a recipient does not speak for its residents by itself; None when it does.

    `over`: the case that they are in now has its answer, or waits for none; `speakers`: who answers that case.
    """
    if taken_back:
        return EXPECTED if reading.state is A.declined else "filing_was_withdrawn"
    if over:
        return "case_is_over"
    if reading.state is A.declined:
        return "declined_after_join"
    return None if speakers == {recipient} else "another_recipient"


def find_speakers(home: Any, assignments: Sequence[Any]) -> set[str]:
    """Who answers this case: its lead, or all that have not answered yet."""
    if home.answered_by == "all":
        return {one.recipient for one in assignments if one.state not in _OVER}
    return {one.recipient for one in assignments if one.lead}
