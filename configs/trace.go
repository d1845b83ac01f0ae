package configs

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Trace is what is kept of the wires of calls: SIP messages, AT lines, figures of sound.
type Trace struct {
	Keep time.Duration // default 14 days
}

// usualTrace is how long traces are kept where nothing is said.
const usualTrace = 14 * 24 * time.Hour

// mostTraceDays bounds it: what passed on the wires names clients.
const mostTraceDays = 366

func (r *machineReader) trace(n *yaml.Node) {
	r.fields(n, "trace", map[string]field{
		"keep": func(n *yaml.Node) {
			days, err := strconv.Atoi(strings.TrimSuffix(n.Value, "d"))
			if err != nil || !strings.HasSuffix(n.Value, "d") || days < 1 || days > mostTraceDays {
				r.fail(n, "keep: %q: write days from 1d to %dd, such as \"30d\"", n.Value, mostTraceDays)
				return
			}
			r.m.Trace.Keep = time.Duration(days) * 24 * time.Hour
		},
	})
}
