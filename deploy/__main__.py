"""``python -m deploy`` is the ``tocsin`` command."""

from deploy.cli import main

main()
