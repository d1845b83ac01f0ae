package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"roadline/cmd/roadline/bound"
)

// product is roadline serve on its core, with a fresh data folder and its private PostgreSQL.
type product struct {
	dir     string
	program string
	cmd     *exec.Cmd
	log     *os.File
	client  *http.Client // of its socket
}

const (
	sipPort     = 15860
	carrierPort = 15871
	callerPort  = 15872

	// The first of four ports a call each; SIPp keeps those from 8888 on for its own control.
	callerMedia  = 9100
	carrierMedia = 12400
)

const machine = `
sip: {udp: ["127.0.0.1:%d"], tcp: ["127.0.0.1:%d"]}
media: {ports: "20000-29999", bind: ["127.0.0.1"]}
log: {level: error}
trunks:
  - id: carrier-a
    carrier: e164
    profile: {country: RU}
    from: [127.0.0.1]
    targets: ["127.0.0.1:%d"]
    options: 1h
    grants: [{company: bench, numbers: ["+74951230000-+74951230999"]}]
`

// people is how many the company has, each with a number of their own: a person takes one call at a time.
const people = 1000

// number is a person's own.
func number(i int) string { return fmt.Sprintf("+7495123%04d", i) }

// company has calls to a person's own number ring the person's mobile, which needs no key.
func company(record string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "company: bench\nname: Bench\ncountry: RU\ncaller_id: [{for: all, show: \"%s\"}]\nrecording: {policy: %s}\nnumbers:\n", number(0), record)
	for i := range people {
		fmt.Fprintf(&b, "  - {e164: \"%s\", trunk: carrier-a, owner: p%d, proof: {contract: \"1\", from: 2026-01-01}}\n", number(i), i)
	}
	b.WriteString("employees:\n")
	for i := range people {
		fmt.Fprintf(&b, "  - {id: p%d, name: Person, mobile: \"+7916123%04d\", ring: [{device: mobile, for: 30s, confirm: false}]}\n", i, i)
	}
	return b.String()
}

// startProduct starts the product with the machine above and what is added to it.
func startProduct(program, more string) (*product, error) {
	dir, err := os.MkdirTemp("", "roadline-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as another account
		return nil, err
	}
	p := &product{dir: dir, program: program, client: bySocket(dir)}
	text := fmt.Sprintf(machine, sipPort, sipPort, carrierPort) + more
	if err := os.WriteFile(filepath.Join(dir, "roadline.yaml"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	if p.log, err = os.Create(filepath.Join(dir, "serve.log")); err != nil {
		return nil, err
	}
	p.cmd = onCore(productCPU, program, "serve", "--config", filepath.Join(dir, "roadline.yaml"))
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := bound.Begin(p.cmd); err != nil {
		return nil, err
	}
	for end := time.Now().Add(90 * time.Second); ; {
		if _, err = p.ask("version"); err == nil {
			return p, nil
		}
		if time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("the product does not answer: %w", err), p.stop())
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// ask runs a command of the product's own command line.
func (p *product) ask(args ...string) (string, error) {
	cmd := exec.Command(p.program, append(args, "--config", filepath.Join(p.dir, "roadline.yaml"))...)
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("roadline %s: %w: %s", args[0], err, bad.String())
	}
	return out.String(), nil
}

// apply makes the company's calls recorded or not.
func (p *product) apply(record string) error { return p.applyText(company(record)) }

// applyText applies a company file.
func (p *product) applyText(text string) error {
	file := filepath.Join(p.dir, "bench.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	var err error
	for range 100 {
		if _, err = p.ask("apply", file, "--reason", "bench"); err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

func (p *product) stop() error {
	if p.cmd.Process == nil {
		return nil
	}
	for range 2 { // the second skips the drain
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		time.Sleep(100 * time.Millisecond)
	}
	err := p.cmd.Wait()
	return errors.Join(err, p.log.Close(), os.RemoveAll(p.dir))
}

// cpu is the processor time that the product used so far, without its PostgreSQL.
func (p *product) cpu() (time.Duration, error) { return cpuOf(p.cmd.Process.Pid) }

// postgresCPU is that of its PostgreSQL: of the server with the children that it has buried, and of those that live.
func (p *product) postgresCPU() time.Duration {
	text, err := os.ReadFile(filepath.Join(p.dir, "data", "postgres", "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	server, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	stat, err := statOf(server)
	all := stat.own + stat.children
	entries, bad := os.ReadDir("/proc")
	if err != nil || bad != nil {
		return 0
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if child, err := statOf(pid); err == nil && child.parent == server {
				all += child.own
			}
		}
	}
	return all
}

// cpuOf is the processor time of a process.
func cpuOf(pid int) (time.Duration, error) {
	s, err := statOf(pid)
	return s.own, err
}

// stat is what /proc/pid/stat (proc(5)) has of a process.
type stat struct {
	parent        int
	own, children time.Duration // processor time: its own, and of its children that ended and were waited for
}

func statOf(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
	var n [5]int64
	for i, at := range []int{1, 11, 12, 13, 14} { // ppid, utime, stime, cutime, cstime
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return stat{}, err
		}
	}
	const tick = 10 * time.Millisecond
	return stat{parent: int(n[0]), own: time.Duration(n[1]+n[2]) * tick, children: time.Duration(n[3]+n[4]) * tick}, nil
}

// memory is the product's resident set in bytes.
func (p *product) memory() int64 { return p.resident("VmRSS:") }

// resident is what /proc/pid/status (proc(5)) has of the product's memory under a name, in bytes.
func (p *product) resident(name string) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, name) {
			kb, err := strconv.ParseInt(strings.Fields(line)[1], 10, 64)
			if err == nil {
				return kb * 1024
			}
		}
	}
	return 0
}
