"""Runs a command in a terminal and draws what the terminal shows at the end as an SVG.

Standard library only. It knows the control sequences that this repository's programs use: colours, and the
cursor movements of a progress bar.
"""

import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from html import escape

# Measures of a character cell and of the margin, in pixels.
CELL, LINE, MARGIN, SIZE = 8.0, 18, 14, 13.3
BACKGROUND, FOREGROUND = "#1c1f26", "#d6dae3"
COLOURS = {
    30: "#5c6370", 31: "#ef7b85", 32: "#98c379", 33: "#e5c07b",
    34: "#6cb6ff", 35: "#c68aee", 36: "#56b6c2", 37: "#d6dae3", 90: "#7f8694",
}
TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[^\[]|[\r\n\t\b]|[^\x1b\r\n\t\b]+")


def run(command, folder, environment=None, columns=100):
    """The exit code of `command` (a list), and the bytes that it wrote to a terminal."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color"} | (environment or {})
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=child, stderr=child
    )
    os.close(child)
    written = bytearray()
    while True:
        try:
            chunk = os.read(parent, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # what Linux says when the program has gone
                raise
            break
        if not chunk:
            break
        written += chunk
    os.close(parent)
    return process.wait(), bytes(written)


def screen(written):
    """The lines that stay: each a list of (character, style), a style being (colour, bold, dim)."""
    lines, row, column, style = [[]], 0, 0, (None, False, False)
    for token in TOKEN.finditer(written.decode("utf-8", "replace")):
        arguments, action = token.group(1), token.group(2)
        count = int(arguments) if arguments and arguments.isdigit() else 1
        if action == "m":
            style = restyled(style, arguments)
        elif action == "A":
            row = max(0, row - count)
        elif action == "B":
            row += count
        elif action == "D":
            column = max(0, column - count)
        elif action == "K":
            del lines[row][0 if arguments == "2" else column:]
        elif action == "J":
            del lines[row][column:], lines[row + 1:]
        elif token.group() == "\r":
            column = 0
        elif token.group() == "\n":
            row, column = row + 1, 0
        elif not token.group().startswith("\x1b"):
            for character in token.group():
                line = lines[row]
                line.extend([(" ", (None, False, False))] * (column + 1 - len(line)))
                line[column] = (character, style)
                column += 1
        lines.extend([] for _ in range(row + 1 - len(lines)))
    while lines and not text(lines[-1]).strip():
        lines.pop()
    return lines


def restyled(style, arguments):
    colour, bold, dim = style
    for code in [int(a) for a in arguments.split(";") if a] or [0]:
        if code == 0:
            colour, bold, dim = None, False, False
        elif code == 1:
            bold = True
        elif code == 2:
            dim = True
        elif code == 22:
            bold, dim = False, False
        elif code == 39:
            colour = None
        elif code in COLOURS:
            colour = COLOURS[code]
    return colour, bold, dim


def text(line):
    """The characters of a line."""
    return "".join(character for character, _ in line)


def plain(words):
    """A line in the plain style."""
    return [(character, (None, False, False)) for character in words]


def prompt(command):
    """The line in which a person types `command`."""
    return [("$", (COLOURS[32], True, False)), *((c, (None, True, False)) for c in f" {command}")]


def svg(lines, title):
    """The picture. Every run of characters is put at its column, whatever font the reader has."""
    width = MARGIN * 2 + CELL * max(80, max(len(line) for line in lines))
    height = MARGIN * 2 + LINE * len(lines)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
        f'font-size="{SIZE}" fill="{FOREGROUND}">',
    ]
    for row, line in enumerate(lines):
        y = MARGIN + LINE * row + 13
        for column, words, (colour, bold, dim) in runs(line):
            if set(words) <= set("─═━"):
                # A rule, drawn: the glyphs of many fonts leave gaps.
                drawn.append(rule(column, len(words), y - 4, words[0] != "─"))
                continue
            look = f' fill="{colour}"' if colour else ""
            look += ' font-weight="bold"' if bold else ""
            look += ' opacity="0.65"' if dim else ""
            drawn.append(
                f'<text x="{MARGIN + CELL * column:g}" y="{y}" textLength="{CELL * len(words):g}"'
                f' lengthAdjust="spacingAndGlyphs"{look}>{escape(words)}</text>'
            )
    drawn += ["</g>", "</svg>", ""]
    return "\n".join(drawn)


def rule(column, length, y, heavy):
    start = MARGIN + CELL * column
    return (
        f'<path d="M{start:g} {y}h{CELL * length:g}" stroke="{COLOURS[90]}" '
        f'stroke-width="{1.6 if heavy else 0.7}"/>'
    )


def runs(line):
    """(column, characters, style) of what is between wide gaps and changes of style."""
    column = 0
    while column < len(line):
        character, style = line[column]
        if character == " ":
            column += 1
            continue
        kind = character in "─═━"
        end = column
        while end < len(line) and line[end][1] == style and (line[end][0] in "─═━") == kind:
            if line[end][0] == " " and (end + 1 == len(line) or line[end + 1][0] == " "):
                break
            end += 1
        words = text(line[column:end])
        yield column, words.rstrip(), style
        column = end
