#!/usr/bin/env python3
"""Totals once more, from docs/gradebook.md and with exact fractions: an oracle for the gradebook.

Reads a list of {"policy": ..., "students": [...]}; a policy has the keys of course.toml, with moments as seconds
since 1970. Writes for each {student: {"low": ..., "high": ...}}, the final score; null for one that is excused.
"""
import json, math, sys
from fractions import Fraction

DAY = 24 * 60 * 60
PARTS = ("practical", "theory")


def exact(number):
    return Fraction(str(number))


def days_late(policy, submitted_at, due):
    return max(0, math.ceil(Fraction(submitted_at - due - 60 * policy["late"]["grace_minutes"], DAY)))


def charge(late, raw, maximum, days, allowed):
    """Slack days taken, whether it is accepted, and the points that are left."""
    without_slack = max(0, days - allowed)
    taken = days - without_slack
    if raw == 0 and late["slack_for_zero"] == "kept":
        taken = 0
    closed = late["after_slack"] == "closed" and without_slack > 0
    if closed or days > late.get("close_after_days", days):
        return taken, False, Fraction(0)
    per_day, additive = exact(late["penalty_per_day"]), late["penalty_kind"] == "additive"
    left = 1 - per_day * without_slack if additive else (1 - per_day) ** without_slack
    left = max(left, exact(late["minimum"]))
    score = raw * left if late["penalty_base"] == "raw" else raw - maximum * (1 - left)
    return taken, True, max(Fraction(0), score)


def mean(items):
    """Weighted mean of (weight, (low, high) or None), None being excused."""
    counting = [(weight, grade) for weight, grade in items if grade is not None and weight > 0]
    whole = sum(weight for weight, _ in counting)
    return tuple(sum(w * grade[end] for w, grade in counting) / whole for end in (0, 1)) if counting else None


class Gradebook:
    def __init__(self, policy, student):
        self.policy, self.student = policy, student
        self.left = {part: policy["late"][part + "_slack"] for part in PARTS}
        self.decided = dict(student["overrides"])

    def due(self, assignment, part):
        more = [days for a, p, days in self.student["extensions"] if a == assignment["id"] and p in (part, "both")]
        return assignment[part + "_due"] + DAY * max(more, default=0)

    def worth(self, item, computed):
        decision = self.decided.get(item, "withdrawn")
        excused = (1, 1) if self.policy["totals"]["excused"] == "full" else None
        named = {"withdrawn": computed, "excused": excused}
        return named[decision] if isinstance(decision, str) else (Fraction(*decision),) * 2

    def attempt(self, assignment, parts, hand_in, used):
        """What a hand-in is worth for some parts, and what slack it takes."""
        late, used, left = self.policy["late"], dict(used), dict(self.left)
        value, accepted, pending, grades = 0, False, False, {}
        for part in parts:
            raw, maximum = hand_in[part], exact(hand_in[part + "_max"])
            here = sum(used.values()) if late["per_assignment_scope"] == "shared" else used[part]
            allowed = max(0, min(left[part], late["per_assignment"] - here))
            days = days_late(self.policy, hand_in["submitted_at"], self.due(assignment, part))
            points = maximum if raw is None else exact(raw)
            taken, ok, score = charge(late, points, maximum, days, allowed)
            used[part], left[part] = used[part] + taken, left[part] - taken
            accepted, pending = accepted or ok, pending or raw is None
            value += exact(assignment[part + "_share"]) * score / maximum
            grades[part] = (Fraction(0) if raw is None else score / maximum, score / maximum)
        return dict(hand_in=hand_in, used=used, left=left, value=value, accepted=accepted, pending=pending,
                    grades=grades, taken=sum(used.values()))

    def choose(self, tries):
        rules = self.policy["attempts"]
        tries = sorted(tries, key=lambda t: (t["hand_in"]["submitted_at"], t["hand_in"]["attempt"]))
        if rules["rejected"] == "skipped":
            tries = [t for t in tries if t["hand_in"]["status"] != "rejected"] or tries
        tries = [t for t in tries if t["accepted"]] or tries
        if rules["counts"] != "best":
            return tries[0 if rules["counts"] == "first" else -1]
        pending = [t for t in tries if t["pending"]]
        return pending[-1] if pending else min(tries, key=lambda t: (-t["value"], t["taken"]))

    def assignment(self, assignment):
        name = assignment["id"]
        excused = {p for p in PARTS if "excused" in (self.decided.get(name + "." + p), self.decided.get(name))}
        order = sorted((p for p in PARTS if assignment[p + "_share"] > 0), key=lambda p: assignment[p + "_due"])
        grades, used = {part: None for part in excused}, {part: 0 for part in PARTS}
        todo = [part for part in order if part not in excused]
        groups = [todo] if self.policy["attempts"]["parts"] == "same" else [[part] for part in todo]
        for parts in filter(None, groups):
            hand_ins = self.student["hand_ins"].get(name, [])
            if hand_ins:
                best = self.choose([self.attempt(assignment, parts, h, used) for h in hand_ins])
                used, self.left, grades = best["used"], best["left"], {**grades, **best["grades"]}
            else:
                grades.update({p: (0, 1 if self.policy["totals"]["missing"] == "pending" else 0) for p in parts})
        items = [(exact(assignment[p + "_share"]), self.worth(name + "." + p, grades[p])) for p in order]
        return exact(assignment["weight"]), self.worth(name, mean(items))

    def total(self):
        weights = {name: exact(weight) for name, weight in self.policy["weights"].items()}
        marks = {item: (exact(p) / exact(m),) * 2 for item, (p, m) in self.student["marks"].items()}
        exams = [(weights[item], self.worth(item, marks.get(item, (0, 1)))) for item in ("midterm", "final")]
        homework = mean([self.assignment(a) for a in self.policy["assignments"]])
        return self.worth("total", mean([(weights["homework"], homework), *exams]))


if __name__ == "__main__":
    courses = json.load(sys.stdin)
    totals = [{s["student"]: Gradebook(c["policy"], s).total() for s in c["students"]} for c in courses]
    json.dump([{s: t and {"low": float(t[0]), "high": float(t[1])} for s, t in c.items()} for c in totals], sys.stdout)
