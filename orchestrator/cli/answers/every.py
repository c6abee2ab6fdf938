"""Which answer is whose."""

from __future__ import annotations

from orchestrator.cli.answers import common, deploy, inspect, operate, project

# By verb, in every form that it has.
ANSWERS: dict[str, tuple[type[common.Ended], ...]] = {
    "up": (deploy.Up,),
    "plan": (deploy.Plan,),
    "apply": (deploy.Apply,),
    "rollback": (deploy.Rollback,),
    "promote": (deploy.Promote,),
    "down": (deploy.Down,),
    "status": (inspect.Status,),
    "releases": (inspect.Releases, inspect.OneRelease, inspect.Audit),
    "logs": (),
    "diff": (inspect.Diff,),
    "images": (inspect.Images,),
    "verify": (common.Checks,),
    "doctor": (common.Checks,),
    "exec": (operate.Exec,),
    "run": (operate.Run,),
    "scale": (operate.Scale,),
    "stop": (operate.Stop,),
    "anywhere": (operate.Offered, operate.Registered),
    "freeze": (operate.Frozen,),
    "unfreeze": (operate.Unfrozen,),
    "review": (project.Review,),
    "ci": (project.Stage,),
    "check": (project.Sources,),
    "lock": (project.Lock,),
    "import": (project.Imported,),
    "test": (project.Tests,),
}
# What is printed as it happens, a line each.
LINES: dict[str, tuple[type[common.Part], ...]] = {
    "up": (deploy.LiveLine, deploy.ServedLine, deploy.KeptLine, deploy.WholeLine, deploy.FailedLine),
    "logs": (inspect.LogLine,),
}
