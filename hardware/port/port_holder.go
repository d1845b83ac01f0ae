package port

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procfs is where the kernel tells of processes.
const procfs = "/proc"

// A holder is a process that has a device open.
type holder struct {
	pid  int
	name string
}

// holdersOf are the other processes that have the named device open, as far as we may see: root sees all, others their
// own.
func holdersOf(proc, name string) []holder {
	var st unix.Stat_t
	if unix.Stat(name, &st) != nil {
		return nil
	}
	return having(proc, st.Rdev)
}

// holders is holdersOf for an open descriptor.
func holders(proc string, fd int) []holder {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return nil
	}
	return having(proc, st.Rdev)
}

// having goes through the descriptors of all processes but ours. They are compared by device number: a tty has more
// names than one, and a pseudo-terminal may stand in two mounts.
func having(proc string, device uint64) []holder {
	links, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	if err != nil {
		return nil
	}
	var list []holder
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(target, "/dev/") {
			continue
		}
		dir := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid == os.Getpid() {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(link, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != device {
			continue
		}
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			continue // it ended meanwhile
		}
		list = append(list, holder{pid, strings.TrimSpace(string(name))})
	}
	slices.SortFunc(list, func(a, b holder) int { return cmp.Compare(a.pid, b.pid) })
	return slices.Compact(list)
}

// runs reports whether a program of that name runs, whoever started it.
func runs(proc, program string) bool {
	files, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "comm"))
	return err == nil && slices.ContainsFunc(files, func(f string) bool {
		name, err := os.ReadFile(f)
		return err == nil && strings.TrimSpace(string(name)) == program
	})
}
