package media_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"roadline/media"
	"roadline/media/floor"
)

// BenchmarkRelay prints what one relayed packet costs in processor time, beside the floor of the same run:
//
//	taskset -c 1 go test -run ^$ -bench Relay -benchtime 1x ./media
//
// The load runs as another process, on processor 0 where MEDIA_LOAD_CPU=0 says so.
func BenchmarkRelay(b *testing.B) {
	for _, calls := range []int{100, 200, 400} {
		b.Run(fmt.Sprintf("floor/calls=%d", calls), func(b *testing.B) { benchRelay(b, calls, floorRelay) })
		b.Run(fmt.Sprintf("house/calls=%d", calls), func(b *testing.B) { benchRelay(b, calls, houseRelay) })
		b.Run(fmt.Sprintf("taped/calls=%d", calls), func(b *testing.B) { benchRelay(b, calls, tapedRelay) })
	}
}

func benchRelay(b *testing.B, calls int, open func(*testing.B, [][2]netip.AddrPort) [][2]netip.AddrPort) {
	cpu := -1
	if text := os.Getenv("MEDIA_LOAD_CPU"); text != "" {
		cpu, _ = strconv.Atoi(text)
	}
	for range b.N {
		const seconds = 4
		l, peers := startLoad(b, loadPlan{Calls: calls, Seconds: seconds, CPU: cpu})
		local := open(b, peers)
		before := processCPU(b)
		r := l.run(b, local)
		used := processCPU(b) - before
		b.ReportMetric(float64(used.Microseconds())/float64(r.Heard), "cpu-µs/packet")
		b.ReportMetric(r.P50, "p50-ms")
		b.ReportMetric(r.P99, "p99-ms")
		b.ReportMetric(100*float64(r.Sent-r.Heard)/float64(r.Sent), "lost-%")
	}
}

func floorRelay(b *testing.B, peers [][2]netip.AddrPort) [][2]netip.AddrPort {
	r, local, err := floor.Open(peers)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-done })
	return local
}

func houseRelay(b *testing.B, peers [][2]netip.AddrPort) [][2]netip.AddrPort {
	return relayCalls(b, peers, func(string) *media.Tap { return nil })
}

// tapedRelay copies every packet for a recorder, which empties the rings twice a second and keeps nothing.
func tapedRelay(b *testing.B, peers [][2]netip.AddrPort) [][2]netip.AddrPort {
	var taps []*media.Tap
	local := relayCalls(b, peers, func(track string) *media.Tap {
		taps = append(taps, media.NewTap(track, 2*time.Second))
		return taps[len(taps)-1]
	})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				for _, tap := range taps {
					tap.Read(func(media.Chunk) {})
				}
			}
		}
	}()
	b.Cleanup(func() {
		close(stop)
		<-done
		for _, tap := range taps {
			if tap.Dropped() > 0 {
				b.Errorf("%d packets missed the tape", tap.Dropped())
			}
		}
	})
	return local
}

func relayCalls(b *testing.B, peers [][2]netip.AddrPort, tap func(track string) *media.Tap) [][2]netip.AddrPort {
	ports := startPorts(b, newTestClock(), nil)
	local := make([][2]netip.AddrPort, len(peers))
	for i, pair := range peers {
		var legs [2]*media.Port
		for side := range legs {
			legs[side] = lease(b, ports, "")
			legs[side].Set(media.Remote{RTP: pair[side], Direction: media.SendRecv})
			local[i][side] = legs[side].Local()
		}
		legs[0].Route(&media.Route{Forward: legs[1:2], Tape: tap("client")})
		legs[1].Route(&media.Route{Forward: legs[0:1], Tape: tap("employee")})
	}
	return local
}
