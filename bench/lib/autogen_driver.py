"""Runs a program through AutoGen's Docker executor each time a line comes in, and tells how long it took.

Arguments: image, container name, working directory, language, source. Each answer is a line of JSON; the first one is for
the start, the last one, when the input ends, for the stop.
"""

import asyncio
import json
import sys
import time

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor


async def timed(work):
    started = time.perf_counter()
    result = await work
    print(json.dumps({"ms": (time.perf_counter() - started) * 1000, "output": getattr(result, "output", "")}), flush=True)


async def main():
    image, name, directory, language, source = sys.argv[1:]
    executor = DockerCommandLineCodeExecutor(image=image, container_name=name, work_dir=directory)
    await timed(executor.start())
    try:
        while await asyncio.to_thread(sys.stdin.readline):
            await timed(executor.execute_code_blocks([CodeBlock(code=source, language=language)], CancellationToken()))
    finally:
        await timed(executor.stop())


asyncio.run(main())
