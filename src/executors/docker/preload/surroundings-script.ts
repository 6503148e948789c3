// The part of the fork server that looks at what is around a run.

/**
 * How a server knows that what is beside a script would be imported, and that a run left nothing: it compares what it sees
 * before and after. A part of `FORK_SERVER`.
 */
export const SURROUNDINGS = String.raw`
REFUSALS = '/sys/fs/cgroup/pids.events', '/sys/fs/cgroup/pids/pids.events'


def hides_module(directory):
    """Whether a program there would import a file of its own instead of something that is already loaded."""
    return any(
        name.partition('.')[0] in hidable and ('.' not in name or name.endswith(('.py', '.pyc', '.so')))
        for name in os.listdir(directory))


def surroundings():
    """The processes that are there, and how often the kernel refused one; nothing where that is not told.

    Their directories have other numbers when other processes have theirs.
    """
    try:
        with open(next(filter(os.path.exists, REFUSALS), ''), 'rb', 0) as file:
            refused = file.read()
        with os.scandir('/proc') as entries:
            return {each.name: each.inode() for each in entries if each.name.isdigit()}, refused
    except OSError:
        return None
`
