package house

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What the garbage collector takes grows with the memory that is asked for, and is halved where the heap may grow by twice
// as much between two collections. A server that has little to do is to be small; one in a storm of calls, some 70 that
// begin every second, has better use for the time.
const (
	paceEvery   = 2 * time.Second
	stormBytes  = 32 << 20 // asked for in a second
	calmGrowth  = 100      // percent of what is in use, as GOGC
	stormGrowth = 200
)

// growth is by how many percent the heap may grow, where so many bytes were asked for in a time.
func growth(bytes uint64, in time.Duration) int {
	if float64(bytes) >= stormBytes*in.Seconds() {
		return stormGrowth
	}
	return calmGrowth
}

// pace has the collector run less often while much is asked for, until ctx is done. Who set GOGC has their way.
func pace(ctx context.Context) error {
	figures := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(figures)
	if figures[0].Value.Uint64() != calmGrowth {
		return wait(ctx)
	}
	defer debug.SetGCPercent(calmGrowth)
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for now := calmGrowth; ; {
		before := figures[1].Value.Uint64()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		metrics.Read(figures)
		if next := growth(figures[1].Value.Uint64()-before, paceEvery); next != now {
			debug.SetGCPercent(next) // it stops everything for an instant: not without need
			now = next
		}
	}
}
