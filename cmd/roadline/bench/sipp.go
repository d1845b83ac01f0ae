package main

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cmd/roadline/bound"
)

//go:embed sipp/*.xml
var scenarios embed.FS

// sipp is one SIPp of the load.
type sipp struct {
	cmd  *exec.Cmd
	dir  string
	done chan error
}

// startSIPp plays a scenario on the load's core. {hold} in it is how long a call stands.
func startSIPp(scenario string, port, mediaPort int, hold time.Duration, args ...string) (*sipp, error) {
	dir, err := os.MkdirTemp("", "roadline-bench-sipp-")
	if err != nil {
		return nil, err
	}
	xml, err := scenarios.ReadFile("sipp/" + scenario + ".xml")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, scenario+".xml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(xml), "{hold}", strconv.Itoa(int(hold.Milliseconds())))), 0o600); err != nil {
		return nil, err
	}
	numbers := []byte("SEQUENTIAL\n")
	for i := range people {
		numbers = append(numbers, number(i)+";\n"...)
	}
	if err := os.WriteFile(filepath.Join(dir, "numbers.csv"), numbers, 0o600); err != nil {
		return nil, err
	}
	s := &sipp{dir: dir, done: make(chan error, 1)}
	s.cmd = onCore(loadCPU, "sipp", append([]string{
		"-sf", file, "-i", "127.0.0.1", "-p", strconv.Itoa(port), "-mp", strconv.Itoa(mediaPort), "-nostdin", "-aa", "-timeout", "600", "-inf", "numbers.csv",
	}, args...)...)
	s.cmd.Dir = dir
	if err := bound.Begin(s.cmd); err != nil {
		return nil, err
	}
	go func() { s.done <- s.cmd.Wait() }()
	return s, nil
}

func (s *sipp) wait(d time.Duration) error {
	select {
	case err := <-s.done:
		s.done <- err
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 { // a call failed: counted elsewhere
			return nil
		}
		return err
	case <-time.After(d):
		return fmt.Errorf("sipp did not end in %v", d)
	}
}

func (s *sipp) stop() {
	select {
	case err := <-s.done:
		s.done <- err
	default:
		_ = s.cmd.Process.Kill()
		s.done <- <-s.done
	}
	_ = os.RemoveAll(s.dir)
}

// pair is the media ports that SIPp and the product named to each other in one call.
type pair struct{ ours, theirs uint16 }

var (
	sippHead  = regexp.MustCompile(`^(?:UDP|TCP) message (sent|received)`)
	sippMedia = regexp.MustCompile(`^m=` + `audio (\d+) `)
)

// messages are the lines of its message log.
func (s *sipp) messages(see func(line string) error) error {
	f, err := os.Open(filepath.Join(s.dir, "messages.log"))
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := see(strings.TrimRight(lines.Text(), "\r")); err != nil {
			return err
		}
	}
	return lines.Err()
}

// pairs reads the message log for the ports of each call that was answered.
func (s *sipp) pairs() ([]pair, error) {
	calls := map[string]*pair{}
	received, id := false, ""
	err := s.messages(func(line string) error {
		if m := sippHead.FindStringSubmatch(line); m != nil {
			received, id = m[1] == "received", ""
		} else if v, ok := strings.CutPrefix(line, "Call-ID:"); ok {
			if id = strings.TrimSpace(v); calls[id] == nil {
				calls[id] = &pair{}
			}
		} else if m := sippMedia.FindStringSubmatch(line); m != nil && id != "" {
			port, err := strconv.ParseUint(m[1], 10, 16)
			if err != nil {
				return nil
			}
			if received {
				calls[id].theirs = uint16(port)
			} else {
				calls[id].ours = uint16(port)
			}
		}
		return nil
	})
	var all []pair
	for _, p := range calls {
		if p.ours != 0 && p.theirs != 0 {
			all = append(all, *p)
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return int(a.ours) - int(b.ours) })
	return all, err
}

// figures are what SIPp counted: its statistics file's last line.
type figures struct{ ok, failed int }

func (s *sipp) figures() (figures, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, "stat.csv"))
	if err != nil {
		return figures{}, err
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	head, last := strings.Split(lines[0], ";"), strings.Split(lines[len(lines)-1], ";")
	at := func(name string) int {
		i := slices.Index(head, name)
		if i < 0 || i >= len(last) {
			return 0
		}
		v, err := strconv.Atoi(last[i])
		if err != nil {
			return 0
		}
		return v
	}
	return figures{ok: at("SuccessfulCall(C)"), failed: at("FailedCall(C)")}, nil
}

var sippTime = regexp.MustCompile(`^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)`)

// answers are the times from INVITE to 200 of each call, ms, sorted: from the message log, since SIPp's own response
// times come in steps of its clock's 4 ms.
func (s *sipp) answers() ([]float64, error) {
	var at time.Time
	var first, id string // of the message that is read
	asked := map[string]time.Time{}
	var all []float64
	err := s.messages(func(line string) (err error) {
		if m := sippTime.FindStringSubmatch(line); m != nil {
			first, id = "", ""
			at, err = sippMoment(m)
			return err
		}
		switch v, isID := strings.CutPrefix(line, "Call-ID:"); {
		case strings.HasPrefix(line, "INVITE ") || strings.HasPrefix(line, "SIP/2.0 200"):
			first = line
		case isID:
			id = strings.TrimSpace(v)
		case !strings.HasPrefix(line, "CSeq:") || !strings.HasSuffix(line, "INVITE") || first == "":
		case strings.HasPrefix(first, "INVITE "):
			asked[id] = at
		default:
			if since, open := asked[id]; open {
				all = append(all, float64(at.Sub(since).Microseconds())/1000)
				delete(asked, id)
			}
		}
		return nil
	})
	slices.Sort(all)
	return all, err
}

// sippMoment is the moment of a message, of whose head m is the match.
func sippMoment(m []string) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", m[1]+" "+m[2], time.Local)
	if err != nil {
		return at, fmt.Errorf("time of a message of sipp: %w", err)
	}
	return at, nil
}

// invited are the moments of the INVITEs to a number.
func (s *sipp) invited(number string) (all []time.Time, err error) {
	var at time.Time
	err = s.messages(func(line string) (err error) {
		if m := sippTime.FindStringSubmatch(line); m != nil {
			at, err = sippMoment(m)
		} else if strings.HasPrefix(line, "INVITE sip:"+number+"@") {
			all = append(all, at)
		}
		return err
	})
	return all, err
}
