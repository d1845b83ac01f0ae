package house

import (
	"context"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
)

// measureEvery is how often the trace takes how the legs of calls sound.
const measureEvery = 5 * time.Second

// trace tells the trace of sound.
func (h *House) trace() room.Trace {
	return room.Trace{To: h.traces, Signal: func(leg fmc.LegID) int { return h.gsm.Signal(leg) }}
}

// measure has the rooms tell how their legs sound, until ctx is done.
func (h *House) measure(ctx context.Context) error {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.rooms.Measure()
		}
	}
}
