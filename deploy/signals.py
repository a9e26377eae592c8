"""SIGTERM and SIGINT mean: finish what is in hand, then leave."""

import asyncio
import signal


def stop_on_signals() -> asyncio.Event:
    """An event that is set when the process is told to stop. Call from the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
