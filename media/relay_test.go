package media_test

import (
	"testing"

	"roadline/media"
)

func TestWhatOneLegSaysTheOtherHears(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	for i := range 50 {
		fill := byte(i)
		pa.say(fill)
		if got := pb.hear(); got.Payload[0] != fill || got.PayloadType != 8 || len(got.Payload) != media.FrameSamples {
			t.Fatalf("packet %d: %v", i, got)
		}
		pb.say(fill + 100)
		if got := pa.hear(); got.Payload[0] != fill+100 {
			t.Fatalf("packet %d back: %v", i, got)
		}
	}
}
