"""Runs a long command as one quiet line: `python step.py LABEL -- CMD…`. Its output is shown only when it fails."""

import subprocess
import sys

from chatbot.dev.terminal import Terminal


def run(label: str, command: list[str]) -> int:
    """Runs `command` and gives its exit code; the last line of its output is shown while it runs."""
    terminal = Terminal()
    output: list[str] = []
    try:
        with terminal.step(label) as step:
            with subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ) as process:
                for line in process.stdout or ():
                    output.append(line)
                    step.detail = line.strip() or step.detail
            code = process.returncode
            if code:
                raise subprocess.CalledProcessError(code, command)
    except subprocess.CalledProcessError:
        terminal.say("".join(output).rstrip())
        return code
    except OSError as error:
        terminal.fail(f"  {command[0]}: {error.strerror}")
        return 127
    except KeyboardInterrupt:
        return 130
    return 0


def main() -> None:
    """Reads the label and the command from the command line."""
    label, separator, *command = sys.argv[1:]
    if separator != "--" or not command:
        sys.exit(__doc__)
    sys.exit(run(label, command))


if __name__ == "__main__":
    main()
