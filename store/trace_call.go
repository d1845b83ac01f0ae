package store

import (
	"slices"
	"time"

	"roadline/fmc"
)

// What one call may have in memory, and in all.
const (
	mostTraceLines = 2000      // between two parts
	mostTraceBytes = 512 << 10 // likewise
	mostTraceCall  = 8 << 20   // of the whole call; then lines are counted only
)

// traced is what of one call's trace is not part of a part yet.
type traced struct {
	company fmc.CompanyID // empty until the call has begun
	began   time.Time     // by the node's clock; zero until the call has begun
	since   time.Time     // of the last part, else of the first line
	ended   time.Time     // zero: it goes on
	private bool          // of a person alone: what was said on the wires is nobody's business
	lines   []toldLine
	said    bool // among lines is what was said on the wires
	bytes   int  // of lines
	written int  // bytes of earlier parts
	lost    int  // lines that are missing
	gap     int  // before which of lines
	parts   int
}

type toldLine struct {
	at   time.Time
	line fmc.TraceLine
}

func (l toldLine) size() int { return 100 + len(l.line.Peer) + len(l.line.Text) }

// add takes a line. Where there is no room the middle gives way: how a call began and how it ended say the most.
func (c *traced) add(at time.Time, line fmc.TraceLine) {
	if c.private && line.Text != "" {
		return
	}
	l := toldLine{at, line}
	if c.written+c.bytes+l.size() > mostTraceCall {
		c.miss(len(c.lines), 1)
		return
	}
	c.lines, c.bytes, c.said = append(c.lines, l), c.bytes+l.size(), c.said || line.Kind != fmc.TraceSound
	for len(c.lines) > mostTraceLines || c.bytes > mostTraceBytes && len(c.lines) > 1 {
		middle := len(c.lines) / 2
		c.bytes -= c.lines[middle].size()
		c.lines = slices.Delete(c.lines, middle, middle+1)
		c.miss(middle, 1)
	}
}

// miss notes lines that are missing.
func (c *traced) miss(before, n int) {
	if c.lost == 0 {
		c.gap = before
	}
	c.gap, c.lost = min(c.gap, before, len(c.lines)), c.lost+n
}

// open notes that the call has begun. Of a private one nothing stays that was told before.
func (c *traced) open(company fmc.CompanyID, began time.Time, private bool) {
	c.company, c.began, c.private = company, began, private
	if private {
		c.lines, c.bytes = nil, 0
	}
}

// take takes the lines out, for the next part.
func (c *traced) take(now time.Time) []fmc.TraceLine {
	all := c.told()
	c.written += c.bytes
	c.lines, c.said, c.bytes, c.lost, c.since = nil, false, 0, 0, now
	return all
}

// told is the lines on the call's clock, with how many are missing and where.
func (c *traced) told() []fmc.TraceLine {
	all := make([]fmc.TraceLine, 0, len(c.lines)+1)
	for i, l := range c.lines {
		line := l.line
		line.At = max(0, l.at.Sub(c.began))
		if c.lost > 0 && i == c.gap {
			all = append(all, fmc.TraceLine{At: line.At, Kind: fmc.TraceLost, Lost: c.lost})
		}
		all = append(all, line)
	}
	if c.lost > 0 && c.gap >= len(c.lines) {
		at := time.Duration(0)
		if len(all) > 0 {
			at = all[len(all)-1].At
		}
		all = append(all, fmc.TraceLine{At: at, Kind: fmc.TraceLost, Lost: c.lost})
	}
	return all
}
