"""Writes the labelled AWS accounts below this folder, or checks them with --check.

The verdicts come from the family files, where they are written by hand from the AWS documentation.
Standard library only; the same input gives the same bytes.
"""

import collections
import filecmp
import importlib
import json
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from accounts import VERDICTS  # noqa: E402

MODULES = ("family_sets", "family_policies", "family_reach", "family_organisations")
START, END = "<!-- counts: written by generate.py -->", "<!-- end of counts -->"
BYTES_MAX = 3_000_000  # The folders are kept in the repository, so they stay small.


def all_cases():
    out = []
    for name in MODULES:
        out += importlib.import_module(name).cases()
    return sorted(out, key=lambda case: (case.family, case.name))


def counts(cases):
    rows = {}
    for case in cases:
        row = rows.setdefault(case.family, collections.Counter())
        row["cases"] += 1
        for account in case.accounts:
            row["accounts"] += 1
            row["doubtful"] += len(account.doubts)
            for entry in account.expected.values():
                row[entry["verdict"]] += 1
    return rows


def table(rows):
    head = ("family", "cases", "accounts", *VERDICTS, "principals", "doubtful")
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    total = collections.Counter()
    for family in sorted(rows):
        row = rows[family]
        row["principals"] = sum(row[verdict] for verdict in VERDICTS)
        total.update(row)
        lines.append("| " + " | ".join([f"`{family}`", *(str(row[key]) for key in head[1:])]) + " |")
    lines.append("| " + " | ".join(["all", *(str(total[key]) for key in head[1:])]) + " |")
    return "\n".join(lines)


def write(top, cases):
    for case in cases:
        case.write(top)
    doubts = {}
    for case in cases:
        for account in case.accounts:
            for arn, reason in account.doubts.items():
                doubts.setdefault(f"{case.family}/{case.name}", {})[arn] = reason
    text = json.dumps(doubts, sort_keys=True, indent=1, ensure_ascii=False)
    (top / "doubtful.json").write_text(text + "\n", encoding="utf-8")


def readme(cases):
    text = (HERE / "README.md").read_text(encoding="utf-8")
    before, rest = text.split(START)
    return before + START + "\n" + table(counts(cases)) + "\n" + END + rest.split(END)[1]


def differences(left, right):
    out = []
    names = {p.relative_to(left) for p in left.rglob("*.json")} | {p.relative_to(right) for p in right.rglob("*.json")}
    names.discard(pathlib.Path("decided.json"))  # Written by hand, after the labels.
    for name in sorted(names):
        if not (left / name).is_file() or not (right / name).is_file():
            out.append(f"only on one side: {name}")
        elif not filecmp.cmp(left / name, right / name, shallow=False):
            out.append(f"differs: {name}")
    return out


def check(cases):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), cases)
        wrong += differences(pathlib.Path(folder), HERE)
    if readme(cases) != (HERE / "README.md").read_text(encoding="utf-8"):
        wrong.append("the counts in README.md are not those of the cases")
    total = 0
    for file in sorted(HERE.glob("*/*/expected.json")):
        expected = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=unique)
        seen = collections.Counter()
        for details in file.parent.glob("*account-authorization-details.json"):
            content = json.loads(details.read_text(encoding="utf-8"))
            seen.update(row["Arn"] for key in ("UserDetailList", "RoleDetailList") for row in content[key])
        for arn in seen.keys() | expected.keys():
            if seen[arn] != 1 or arn not in expected:
                wrong.append(f"{file.parent.name}: {arn} is listed {seen[arn]} times and expected {int(arn in expected)} times")
        for arn, entry in expected.items():
            if set(entry) != {"verdict", "sets", "why"} or entry["verdict"] not in VERDICTS:
                wrong.append(f"{file.parent.name}: {arn} has a malformed expectation")
            if entry["verdict"] != "escalates" and entry["sets"]:
                wrong.append(f"{file.parent.name}: {arn} names sets without escalating")
        total += len(expected)
    size = sum(p.stat().st_size for p in HERE.glob("*/*/*.json"))
    if size > BYTES_MAX:
        wrong.append(f"the folders hold {size} bytes, more than {BYTES_MAX}")
    if total < 600:
        wrong.append(f"only {total} principals")
    return wrong, total, size


def unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), "a key twice"
    return dict(pairs)


def main():
    cases = all_cases()
    if "--check" in sys.argv[1:]:
        wrong, total, size = check(cases)
        print("\n".join(wrong) or f"{total} principals in {len(cases)} cases, {size} bytes: all as told")
        sys.exit(1 if wrong else 0)
    for family in {case.family for case in cases} | {p.name for p in HERE.iterdir() if p.is_dir()}:
        shutil.rmtree(HERE / family, ignore_errors=True)
    write(HERE, cases)
    (HERE / "README.md").write_text(readme(cases), encoding="utf-8")
    print(table(counts(cases)))


if __name__ == "__main__":
    main()
