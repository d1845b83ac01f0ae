package house

import (
	"context"
	"net"
	"strconv"
	"time"

	"roadline/fmc/cause"
)

// Supervisor is what started us and wants to hear how we are, as systemd does: sd_notify(3). The zero value is nobody.
type Supervisor struct {
	Socket   string        // where it is told; "@" begins one without a file
	Watchdog time.Duration // within which it wants to hear of us again and again; 0: it does not
}

// SupervisorOf is who the environment says started us.
func SupervisorOf(getenv func(string) string) Supervisor {
	s := Supervisor{Socket: getenv("NOTIFY_SOCKET")}
	if n, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && n > 0 {
		s.Watchdog = time.Duration(n) * time.Microsecond
	}
	return s
}

// Tell tells it a state such as "READY=1".
func (s Supervisor) Tell(state string) error {
	if s.Socket == "" {
		return nil
	}
	name := s.Socket
	if name[0] == '@' {
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return cause.Errorf(cause.Unavailable, "tell the supervisor: %w", err)
	}
	_, err = c.Write([]byte(state))
	if bad := c.Close(); err == nil {
		err = bad
	}
	return err
}

// beat tells the supervisor again and again that we live, until ctx is done. What everything stands on is touched each
// time: if it hangs, the beat stops, and we are started anew.
func (h *House) beat(ctx context.Context) error {
	every := h.o.Supervisor.Watchdog / 3
	if every <= 0 {
		return wait(ctx)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		h.calls.Calls()
		h.journal.State()
		h.agent.Snapshot()
		h.tellSupervisor("WATCHDOG=1")
	}
}

func (h *House) tellSupervisor(state string) {
	if err := h.o.Supervisor.Tell(state); err != nil {
		h.log.Warn("supervisor not told", "state", state, "err", err)
	}
}
