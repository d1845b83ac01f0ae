package house

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheHeapMayGrowFurtherInAStormOfCalls(t *testing.T) {
	for _, row := range []struct {
		bytes uint64
		in    time.Duration
		want  int
	}{
		{0, 2 * time.Second, 100},
		{64<<20 - 1, 2 * time.Second, 100},
		{64 << 20, 2 * time.Second, 200},
		{64 << 20, 4 * time.Second, 100},
		{1 << 40, time.Second, 200},
	} {
		if got := growth(row.bytes, row.in); got != row.want {
			t.Errorf("%d bytes in %v: %d percent, want %d", row.bytes, row.in, got, row.want)
		}
	}
}

func TestAQuietServerCollectsWhereMuchWasAskedFor(t *testing.T) {
	for _, row := range []struct {
		bytes uint64
		in    time.Duration
		since uint64
		want  bool
	}{
		{0, 2 * time.Second, 8 << 20, true},
		{0, 2 * time.Second, 8<<20 - 1, false},
		{1<<20 - 1, 2 * time.Second, 40 << 20, true},
		{1 << 20, 2 * time.Second, 40 << 20, false},
		{1 << 20, 4 * time.Second, 40 << 20, true},
	} {
		if got := worth(row.bytes, row.in, row.since); got != row.want {
			t.Errorf("%d bytes asked for in %v, %d since: %t, want %t", row.bytes, row.in, row.since, got, row.want)
		}
	}
}

// inHeap is how many bytes lie in the heap of this process.
func inHeap() uint64 {
	now := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(now)
	return now[0].Value.Uint64()
}

// paced begins to pace, in a bubble of virtual time, and returns what ends it.
func paced(t *testing.T) (end func() error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- pace(ctx) }()
	synctest.Wait()
	return func() error {
		stop()
		return <-ended
	}
}

func TestWhatWasAskedForOnceIsFreedWhenItIsQuiet(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(calmGrowth))
	synctest.Test(t, func(t *testing.T) {
		end := paced(t)
		asked = make([]byte, 64<<20)
		asked = nil
		time.Sleep(paceEvery)
		synctest.Wait()
		busy := inHeap()
		time.Sleep(paceEvery)
		synctest.Wait()
		if quiet := inHeap(); quiet+60<<20 > busy {
			t.Errorf("%d bytes in the heap while much was asked for, %d once it was quiet", busy, quiet)
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// percent is by how much the heap of this process may grow now.
func percent() uint64 {
	now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(now)
	return now[0].Value.Uint64()
}

func TestWhoSaysHowFarTheHeapMayGrowHasTheirWay(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(150))
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 10*paceEvery)
		defer stop()
		if err := pace(ctx); err != nil || percent() != 150 {
			t.Errorf("%d percent, error %v", percent(), err)
		}
	})
}

func TestTheHeapGrowsAsBeforeOnceTheStormIsOver(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(calmGrowth))
	synctest.Test(t, func(t *testing.T) {
		end := paced(t)
		for range 2 * stormBytes / (1 << 20) {
			asked = make([]byte, 1<<20)
		}
		time.Sleep(paceEvery)
		synctest.Wait()
		if percent() != stormGrowth {
			t.Errorf("in the storm: %d percent", percent())
		}
		time.Sleep(paceEvery)
		synctest.Wait()
		if percent() != calmGrowth {
			t.Errorf("after it: %d percent", percent())
		}
		if err := end(); err != nil || percent() != calmGrowth {
			t.Errorf("at the end: %d percent, error %v", percent(), err)
		}
	})
}

// asked keeps the compiler from seeing that nobody needs what the storm asks for.
var asked []byte
