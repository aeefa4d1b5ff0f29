"""Files that forms carry: in memory, and no larger than other bodies."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class BoundedUpload(MemoryFileUploadHandler):
    """Refuses a large form before it is read; Django would write its files to the disk."""

    def handle_raw_input(self, *given: Any, **options: Any) -> None:
        """Look at how long the body is.

        Raises:
            RequestDataTooBig: it exceeds ``settings.FILE_UPLOAD_MAX_MEMORY_SIZE``.
        """
        super().handle_raw_input(*given, **options)
        if not self.activated:
            raise RequestDataTooBig("The form exceeds FILE_UPLOAD_MAX_MEMORY_SIZE.")
