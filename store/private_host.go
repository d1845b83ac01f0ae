package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"roadline/fmc/cause"
)

// account is the system user that the private server runs as.
type account struct {
	name     string
	uid, gid int
	switched bool // it is not ours
}

// chooseAccount returns ourselves, or as root, which PostgreSQL refuses to run as, somebody else.
func chooseAccount(wanted, data string) (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "ourselves", uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	candidates := []string{"postgres", "nobody"}
	if wanted != "" {
		candidates = []string{wanted}
	} else if info, err := os.Stat(data); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			return account{name: strconv.Itoa(int(st.Uid)), uid: int(st.Uid), gid: int(st.Gid), switched: true}, nil
		}
	}
	for _, name := range candidates {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{name: name, uid: uid, gid: gid, switched: true}, nil
		}
	}
	return account{}, cause.Errorf(cause.Invalid,
		"private PostgreSQL does not run as root and no user of %q exists: make one (adduser --system postgres)", candidates)
}

func (a account) credential() *syscall.Credential {
	if !a.switched {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // from the system
}

// makeFolder makes a folder that only the account may enter, and refuses one that somebody else made.
func (a account) makeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if err == nil && a.switched {
		return os.Chown(path, a.uid, a.gid)
	}
	if err == nil || !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != a.uid || info.Mode().Perm()&0o077 != 0 {
		return cause.Errorf(cause.Conflict, "%s is not a folder of user %s alone: look whose it is and remove it", path, a.name)
	}
	return nil
}

// mayEnter reports the folder on the way to dir that the account cannot pass.
func (a account) mayEnter(dir string) error {
	if !a.switched {
		return nil
	}
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			continue
		}
		need := os.FileMode(0o001)
		switch {
		case int(st.Uid) == a.uid:
			need = 0o100
		case int(st.Gid) == a.gid:
			need = 0o010
		}
		if info.Mode().Perm()&need == 0 {
			return cause.Errorf(cause.Denied, "user %s, which PostgreSQL runs as, may not pass %s: chmod o+x it, or choose a data folder elsewhere", a.name, at)
		}
	}
	return nil
}

// socketMost is what fits a socket's address on Linux, without the closing zero: unix(7), sun_path.
const socketMost = 107

// socketFolder returns where the socket goes: beside the data, or where that path is too long, a short one.
func socketFolder(dir string, a account) (string, error) {
	sum := sha256.Sum256([]byte(dir))
	short := "roadline-" + hex.EncodeToString(sum[:6])
	candidates := []string{filepath.Join(dir, "run"), filepath.Join(os.TempDir(), short)}
	if a.switched {
		candidates = slices.Insert(candidates, 1, filepath.Join("/run", short))
	}
	for _, c := range append(candidates, filepath.Join("/tmp", short)) {
		if len(c)+len("/.s.PGSQL."+privatePort) <= socketMost {
			return c, nil
		}
	}
	return "", cause.Errorf(cause.Invalid, "no short enough folder for PostgreSQL's socket: at most %d bytes with its name", socketMost)
}

// release is an installed PostgreSQL.
type release struct {
	bin     string // folder
	version string // "15.8"
	major   int
}

const oldestMajor = 14

// chooseRelease returns the installed PostgreSQL that the data needs, or the newest where there is no data yet.
func chooseRelease(wanted, data string) (release, error) {
	installed := installedReleases(wanted)
	made, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
		return release{}, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(made)))
	if err != nil {
		if len(installed) == 0 || installed[0].major < oldestMajor {
			return release{}, cause.Errorf(cause.Unavailable,
				"no PostgreSQL %d or later is installed (looked in %s): apt-get install postgresql, or name its folder, or give the address of an external server",
				oldestMajor, strings.Join(binFolders(wanted), ", "))
		}
		return installed[0], nil
	}
	for _, r := range installed {
		if r.major == major {
			return r, nil
		}
	}
	return release{}, cause.Errorf(cause.Unavailable,
		"the data in %s is of PostgreSQL %d and installed is %s: apt-get install postgresql-%d, or move the data over with pg_upgrade",
		data, major, describeReleases(installed), major)
}

func describeReleases(all []release) string {
	if len(all) == 0 {
		return "none"
	}
	var names []string
	for _, r := range all {
		names = append(names, fmt.Sprintf("%s (%s)", r.version, r.bin))
	}
	return strings.Join(names, ", ")
}

func binFolders(wanted string) []string {
	if wanted != "" {
		return []string{wanted}
	}
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if path, err := exec.LookPath("postgres"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

// installedReleases returns what is installed, newest first.
func installedReleases(wanted string) []release {
	var found []release
	for _, bin := range binFolders(wanted) {
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
			continue
		}
		out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if r, ok := readRelease(string(out)); ok {
			r.bin = bin
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b release) int { return cmp.Compare(b.major, a.major) })
	return found
}

// readRelease reads "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)".
func readRelease(said string) (release, bool) {
	_, rest, ok := strings.Cut(said, "(PostgreSQL) ")
	if !ok {
		return release{}, false
	}
	version := strings.Fields(rest + " ")
	if len(version) == 0 {
		return release{}, false
	}
	digits := version[0]
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	major, err := strconv.Atoi(digits)
	return release{version: version[0], major: major}, err == nil
}
