package media_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"roadline/media"
)

// BenchmarkDeviceLine prints what a second of one device line with speech both ways costs in processor time (a share of
// what the process uses when nobody speaks is in it, which the few lines bear heavily; it is printed too), and the delay
// that is added to both directions together: each device says again what it hears, so that the load, another process,
// hears its own words. Reading and writing the device itself is not in it.
//
//	taskset -c 1 go test -run ^$ -bench DeviceLine -benchtime 1x ./media
func BenchmarkDeviceLine(b *testing.B) {
	for _, calls := range []int{4, 16, 50} {
		b.Run(fmt.Sprintf("lines=%d", 2*calls), func(b *testing.B) { benchLines(b, calls) })
	}
}

func benchLines(b *testing.B, calls int) {
	cpu := -1
	if text := os.Getenv("MEDIA_LOAD_CPU"); text != "" {
		cpu, _ = strconv.Atoi(text)
	}
	for range b.N {
		const seconds = 6
		l, peers := startLoad(b, loadPlan{Calls: calls, Seconds: seconds, CPU: cpu})
		ports := startPorts(b, newTestClock(), nil)
		local := make([][2]netip.AddrPort, calls)
		stop := make(chan struct{})
		var devices []*media.PCM
		var all sync.WaitGroup
		for i, pair := range peers {
			for side := range pair {
				leg, device := lease(b, ports, ""), leasePCM(b, ports, "modem", nil)
				leg.Set(media.Remote{RTP: pair[side], Direction: media.SendRecv})
				leg.Route(&media.Route{Forward: []*media.Port{device.Port()}})
				device.Port().Route(&media.Route{Forward: []*media.Port{leg}})
				local[i][side] = leg.Local()
				devices = append(devices, device)
			}
		}
		idle := idleCPU(b)
		for _, device := range devices {
			all.Go(func() { echo(device, stop) })
		}
		before := processCPU(b)
		r := l.run(b, local)
		used := processCPU(b) - before
		close(stop)
		all.Wait()
		var f media.Figures
		for _, d := range devices {
			g := d.Figures()
			f.Concealed += g.Concealed
			f.Missing += g.Missing
			f.Dropped += g.Dropped
		}
		b.ReportMetric(float64(used.Microseconds())/1000/seconds/float64(len(devices)), "cpu-ms/line-s")
		b.ReportMetric(float64(idle.Microseconds())/1000, "idle-ms/s")
		b.ReportMetric(r.P50, "p50-ms")
		b.ReportMetric(r.P99, "p99-ms")
		b.ReportMetric(float64(r.Heard)/float64(r.Sent)*100, "heard-%")
		b.ReportMetric(float64(f.Concealed), "concealed")
		b.ReportMetric(float64(f.Missing), "missing")
		b.ReportMetric(float64(f.Dropped), "dropped")
	}
}

// idleCPU is what a second of the process costs before anybody speaks.
func idleCPU(b *testing.B) time.Duration {
	const seconds = 2
	before := processCPU(b)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for range seconds {
		<-second.C
	}
	return (processCPU(b) - before) / seconds
}

// echo is a device on a clock of its own that says what it heard 20 ms before.
func echo(device *media.PCM, stop <-chan struct{}) {
	ticker := time.NewTicker(media.FrameTime)
	defer ticker.Stop()
	var frame [media.FrameSamples]int16
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		device.Hear(&frame)
		device.Say(&frame)
	}
}

// BenchmarkDeviceFrame is one frame in each direction between two devices: the work of media alone, without a socket.
func BenchmarkDeviceFrame(b *testing.B) {
	ports, clock := startStill(b)
	node, device := leasePCM(b, ports, "node", nil), leasePCM(b, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}, Keys: func(media.Key) {}})
	device.Port().Route(&media.Route{Forward: []*media.Port{node.Port()}, Keys: func(media.Key) {}})
	sound := wave(media.FrameSamples, 440, 8000)
	var frame [media.FrameSamples]int16
	b.ReportAllocs()
	for b.Loop() {
		clock.pass(media.FrameTime)
		for _, d := range []*media.PCM{node, device} {
			d.Say(frameOf(sound, 0))
			d.Hear(&frame)
		}
	}
}

func TestADeviceAllocatesNothing(t *testing.T) {
	ports, clock := startStill(t)
	device := leasePCM(t, ports, "modem", nil)
	a := lease(t, ports, "phone")
	pa := newPeer(t, a, "127.0.0.1")
	r := pa.remote()
	r.Codec = media.PCMU
	a.Set(r)
	tap := media.NewTap("client", time.Second)
	device.Port().Route(&media.Route{Forward: []*media.Port{a}, Keys: func(media.Key) {}, Tape: tap})
	far := leasePCM(t, ports, "far", nil)
	far.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	sound := wave(media.FrameSamples, 440, 8000)
	var frame [media.FrameSamples]int16
	keep := func(media.Chunk) {}
	once := func() {
		clock.pass(media.FrameTime)
		far.Say(frameOf(sound, 0))
		if device.Say(frameOf(sound, 0)) {
			device.Hear(&frame)
		}
		tap.Read(keep)
	}
	for range 100 {
		once()
	}
	if n := allocations(2000, once); n != 0 {
		t.Errorf("%d allocations per frame", n)
	}
}
