"""Runs the AWS CLI (version 1, as pip installs it) many times: its start (imports and plugins, two thirds of a command's
processor time) is made once, and each command goes on from there in a fork of this process, as `awscli.clidriver.main` does.
A line of JSON in ({id, args}), one out ({id, code, stdout, stderr}), in the order in which the commands end."""

import json
import os
import sys
import tempfile
import threading
import traceback

from awscli.clidriver import create_clidriver

driver = create_clidriver()
answers = threading.Lock()


def command(args, out, err):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.argv = ["aws", *args]
    code = 255
    try:
        code = driver.main(args)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def wait(pid, asked, out, err):
    _, status = os.waitpid(pid, 0)
    texts = []
    for file in (out, err):
        file.seek(0)
        texts.append(file.read().decode("utf-8", "replace"))
        file.close()
    line = json.dumps({"id": asked["id"], "code": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]})
    with answers:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


for line in sys.stdin:
    asked = json.loads(line)
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    with answers:  # no thread holds the lock of standard output while the process is copied
        pid = os.fork()
    if pid == 0:
        command(asked["args"], out.fileno(), err.fileno())
    threading.Thread(target=wait, args=(pid, asked, out, err)).start()
