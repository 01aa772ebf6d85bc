"""The whole of a text that was cut, in a file beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from canonical.attachment import Attachment
from canonical.mapping.job import Job
from canonical.mapping.nodes import Node
from canonical.plan import encode_text

FILE_NAME = "Полный текст.txt"


class WholeText(Attachment):
    """A file made of a text while a delivery is rendered; it is in no store."""

    whole: str


@dataclass(frozen=True, slots=True)
class Overflow:
    """A value with `longer: attach`. `group`: whose files the whole text joins; `find`: that text, if it is needed."""

    place: Node
    where: str
    group: str
    find: Callable[[Job], str | None]

    def attach(self, job: Job) -> None:
        whole = self.find(job)
        if whole is None:
            return
        if job.seen is not None:
            job.seen.add(f"{self.where}.longer")
        view = getattr(job.scope, self.group)
        if any(isinstance(file, WholeText) and file.whole == whole for file in view.files):
            return
        content = encode_text(whole)
        digest = sha256(content).hexdigest()
        made = WholeText(name=FILE_NAME, media_type="text/plain", size=len(content), digest=digest, whole=whole)
        group = view.model_copy(update={"files": (*view.files, made)})
        job.scope = job.scope.model_copy(update={self.group: group})
