package house

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What the garbage collector takes grows with the memory that is asked for, and is halved where the heap may grow by twice
// as much between two collections. A server that has little to do is to be small; one in a storm of calls, some 70 that
// begin every second, has better use for the time. What was asked for once, as when a company is applied, would lie there
// until two minutes later, since nothing makes a quiet server collect: it is asked to.
const (
	paceEvery   = 2 * time.Second
	stormBytes  = 32 << 20 // asked for in a second
	calmGrowth  = 100      // percent of what is in use, as GOGC
	stormGrowth = 200
	quietBytes  = 512 << 10 // asked for in a second: less is quiet
	worthBytes  = 8 << 20   // asked for since we collected: for less the collector's own time will do
)

// growth is by how many percent the heap may grow, where so many bytes were asked for in a time.
func growth(bytes uint64, in time.Duration) int {
	if float64(bytes) >= stormBytes*in.Seconds() {
		return stormGrowth
	}
	return calmGrowth
}

// worth reports whether it is time to collect: little was asked for in a time, and much since we collected. How much of it
// is still in use nobody knows: the collector's own last look may have been in the midst of it.
func worth(bytes uint64, in time.Duration, since uint64) bool {
	return float64(bytes) < quietBytes*in.Seconds() && since >= worthBytes
}

// pace has the collector run less often while much is asked for, and once when it has become quiet, until ctx is done. Who
// set GOGC has their way.
func pace(ctx context.Context) error {
	figures := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(figures)
	if figures[0].Value.Uint64() != calmGrowth {
		return wait(ctx)
	}
	defer debug.SetGCPercent(calmGrowth)
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for now, collected := calmGrowth, uint64(0); ; {
		before := figures[1].Value.Uint64()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		metrics.Read(figures)
		asked := figures[1].Value.Uint64()
		if next := growth(asked-before, paceEvery); next != now {
			debug.SetGCPercent(next) // it stops everything for an instant: not without need
			now = next
		}
		if worth(asked-before, paceEvery, asked-collected) {
			runtime.GC() // what it frees goes back to the system little by little, as after every collection
			collected = asked
		}
	}
}
