package doctor

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"roadline/configs"
	"roadline/recording"
)

// Machine is what is under a node.
type Machine struct {
	Config  *configs.Machine
	File    string // the machine file; empty: there is none
	Root    string // of the file system that is looked at; "/" but in tests
	Running bool   // a server answers, so that its ports are taken
}

// Examine asks what can be asked without a server.
func (m Machine) Examine(ctx context.Context) []Finding { return examine(ctx, m, machineChecks) }

var machineChecks = []check[Machine]{
	{"system", "clock", clock},
	{"system", "disk", disks},
	{"system", "files", openFiles},
	{"system", "buffers", buffers},
	{"network", "sip_ports", sipPorts},
	{"network", "rtp_range", rtpRange},
	{"gsm", "modem_manager", modemManager},
	{"gsm", "tty", ttys},
	{"recordings", "write", writes},
	{"telling", "mail", mailServer},
	{"security", "secrets", secrets},
}

// clock asks the kernel whether something keeps its clock right (adjtimex(2)).
func clock(context.Context, Machine) []Finding {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return nil // a container may not ask
	}
	if state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0 {
		return one(Warn)
	}
	return one(Well, "error", (time.Duration(t.Maxerror) * time.Microsecond).Round(time.Millisecond).String())
}

// Free space, in percent and bytes, below which somebody should see to it, and below which calls are soon refused.
const (
	warnShare, warnBytes = 15, 5 << 30
	badShare, badBytes   = 3, 500 << 20
)

func disks(_ context.Context, m Machine) []Finding {
	var all []Finding
	seen := map[unix.Fsid]bool{}
	for _, folder := range []string{m.Config.Data, m.Config.Recording.Spool} {
		var s unix.Statfs_t
		if err := unix.Statfs(folder, &s); err != nil || seen[s.Fsid] {
			continue // not made yet, or looked at
		}
		seen[s.Fsid] = true
		free, share := int64(s.Bavail)*int64(s.Bsize), 100*s.Bavail/max(1, s.Blocks) //nolint:gosec,unconvert // disks are smaller
		level := Well
		switch {
		case free < badBytes || share < badShare && free < warnBytes:
			level = Bad
		case free < warnBytes && share < warnShare:
			level = Warn
		}
		all = append(all, found(level, "folder", folder, "free", recording.Room(free), "share", strconv.FormatUint(share, 10)))
	}
	return all
}

// fewFiles is too few for a hundred calls: each takes four sockets of sound, a tape and its share of SIP.
const fewFiles = 4096

func openFiles(context.Context, Machine) []Finding {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return nil
	}
	level := Well
	if l.Max < fewFiles {
		level = Warn
	}
	return one(level, "limit", strconv.FormatUint(l.Max, 10))
}

// smallBuffer holds some 30 ms of a thousand calls' sound: what arrives while the process waits its turn is lost.
const smallBuffer = 425984

func buffers(_ context.Context, m Machine) []Finding {
	n, ok := m.number("proc/sys/net/core/rmem_max")
	if !ok {
		return nil
	}
	level := Well
	if n < smallBuffer {
		level = Warn
	}
	return one(level, "bytes", strconv.Itoa(n))
}

// number reads a file of the kernel that holds one.
func (m Machine) number(name string) (int, bool) {
	text, err := os.ReadFile(filepath.Join(m.Root, name))
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return n, err == nil
}

func sipPorts(_ context.Context, m Machine) []Finding {
	if m.Running {
		return nil // the server says so itself
	}
	var all []Finding
	for network, addrs := range map[string][]netip.AddrPort{"udp": m.Config.SIP.UDP, "tcp": m.Config.SIP.TCP} {
		for _, a := range addrs {
			if err := bind(network, a); err != nil {
				all = append(all, found(Bad, "network", strings.ToUpper(network), "address", a.String(), "error", err.Error()))
			}
		}
	}
	if len(all) == 0 {
		all = one(Well)
	}
	return all
}

// bind takes an address for a moment.
func bind(network string, a netip.AddrPort) error {
	if network == "udp" {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(a))
	if err != nil {
		return err
	}
	return l.Close()
}

// rtpRange holds the media ports against those that the kernel gives to any program that asks for one.
func rtpRange(_ context.Context, m Machine) []Finding {
	from, to := int(m.Config.Media.From), int(m.Config.Media.To)
	values := []string{"from", strconv.Itoa(from), "to", strconv.Itoa(to), "calls", strconv.Itoa((to - from + 1) / 4)}
	text, err := os.ReadFile(filepath.Join(m.Root, "proc/sys/net/ipv4/ip_local_port_range"))
	var low, high int
	if err != nil {
		return nil
	}
	if _, err := fmt.Sscan(string(text), &low, &high); err != nil {
		return nil
	}
	reserved, _ := os.ReadFile(filepath.Join(m.Root, "proc/sys/net/ipv4/ip_local_reserved_ports"))
	values = append(values, "low", strconv.Itoa(low), "high", strconv.Itoa(high))
	if from <= high && to >= low && strings.TrimSpace(string(reserved)) == "" {
		return one(Warn, values...)
	}
	return one(Well, values...)
}

// modemManager looks for the desktop's service that opens every modem it finds, and then nobody else can.
func modemManager(_ context.Context, m Machine) []Finding {
	if m.noModems() {
		return nil
	}
	names, _ := filepath.Glob(filepath.Join(m.Root, "proc/[0-9]*/comm"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err == nil && strings.TrimSpace(string(text)) == "ModemManager" {
			return one(Bad, "pid", filepath.Base(filepath.Dir(name)))
		}
	}
	return one(Well)
}

// noModems reports that the machine file wants none.
func (m Machine) noModems() bool { return m.Config.Modems != nil && len(m.Config.Modems) == 0 }

// ttys tries whether the ports of modems may be opened, without opening them: that would disturb who has them.
func ttys(_ context.Context, m Machine) []Finding {
	if m.noModems() {
		return nil
	}
	var all []Finding
	count := 0
	for _, pattern := range []string{"dev/ttyUSB*", "dev/ttyACM*"} {
		names, _ := filepath.Glob(filepath.Join(m.Root, pattern))
		count += len(names)
		for _, name := range names {
			if unix.Access(name, unix.R_OK|unix.W_OK) != nil {
				all = append(all, found(Bad, "port", name))
			}
		}
	}
	if count > 0 && len(all) == 0 {
		all = one(Well, "count", strconv.Itoa(count))
	}
	return all
}

// writes writes a file where recordings lie, reads it and removes it.
func writes(_ context.Context, m Machine) []Finding {
	folder := m.Config.Recording.Spool
	if _, err := os.Stat(folder); err != nil && !m.Running {
		return nil // a server that starts makes it
	}
	f, err := os.CreateTemp(folder, ".doctor-*")
	if err != nil {
		return one(Bad, "folder", folder, "error", err.Error())
	}
	defer func() { _ = os.Remove(f.Name()) }()
	text := "can a recording be written and read here?"
	_, err = f.WriteString(text)
	for _, do := range []func() error{f.Sync, f.Close} {
		if bad := do(); err == nil {
			err = bad
		}
	}
	read, bad := os.ReadFile(f.Name())
	if err == nil {
		err = bad
	}
	if err == nil && string(read) != text {
		err = fmt.Errorf("what is read is not what was written")
	}
	if err != nil {
		return one(Bad, "folder", folder, "error", err.Error())
	}
	return one(Well, "folder", folder)
}

// patience is how long a server elsewhere may take to greet.
const patience = 5 * time.Second

func mailServer(ctx context.Context, m Machine) []Finding {
	mail := m.Config.Mail
	if mail == nil {
		return one(Warn)
	}
	at := net.JoinHostPort(mail.Host, strconv.Itoa(int(mail.Port)))
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return one(Bad, "server", at, "error", err.Error())
	}
	defer func() { _ = c.Close() }()
	if mail.Security == "tls" { // it greets inside
		return one(Well, "server", at)
	}
	deadline, _ := ctx.Deadline()
	_ = c.SetReadDeadline(deadline)
	greeting, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.HasPrefix(greeting, "220") {
		return one(Bad, "server", at, "error", fmt.Sprintf("no greeting of a mail server: %q", strings.TrimSpace(greeting)))
	}
	return one(Well, "server", at)
}

// secretFiles are the files that hold a password, a PIN or a key. The empty name stands for those that the machine file does
// not name.
func (m Machine) secretFiles() map[string]bool {
	c, files := m.Config, map[string]bool{m.Config.SMPP.TLS.Key: true}
	if strings.Contains(c.Database, "password=") || strings.Contains(c.Database, "@") {
		files[m.File] = true
	}
	for _, t := range c.Trunks {
		files[t.Login.PasswordFile] = true
	}
	for _, s := range c.SIMs {
		files[s.PINFile] = true
	}
	for _, s := range c.SMPP.Centres {
		files[s.PasswordFile] = true
	}
	for _, g := range c.Gateways {
		files[g.PasswordFile], files[g.Login.PasswordFile] = true, true
		for _, l := range g.Lines {
			files[l.PasswordFile], files[l.Account.PasswordFile] = true, true
		}
	}
	if c.Web != nil {
		files[c.Web.Key] = true
	}
	if c.Mail != nil && c.Mail.Login != nil {
		files[c.Mail.Login.PasswordFile] = true
	}
	return files
}

// secrets looks for files with secrets that others on the machine may read.
func secrets(_ context.Context, m Machine) []Finding {
	var all []Finding
	for name := range m.secretFiles() {
		info, err := os.Stat(name)
		if name == "" || err != nil {
			continue
		}
		if info.Mode().Perm()&0o007 != 0 {
			all = append(all, found(Bad, "file", name, "mode", fmt.Sprintf("%04o", info.Mode().Perm())))
		}
	}
	if len(all) == 0 {
		return one(Well)
	}
	return all
}
