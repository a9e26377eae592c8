"""Stand-ins for programs on PATH, which say what they are told to and write down how they were called."""

from pathlib import Path


def put_program(folder: Path, name: str, script: str) -> Path:
    """Put an executable shell script into `folder`; its calls are appended to `NAME.calls` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "$*" >> "$0.calls"\n{script}\n', "utf-8")
    program.chmod(0o755)
    return program


def calls(program: Path) -> list[str]:
    """Return the arguments of each call so far."""
    recorded = program.with_name(f"{program.name}.calls")
    return recorded.read_text("utf-8").splitlines() if recorded.exists() else []
