package media_test

import (
	"testing"

	"roadline/media"
)

func TestTheFirstSoundOfALegIsToldOnceWhateverItIs(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	for name, send := range map[string]func(*peer){
		"voice": func(p *peer) { p.say(1) },
		"a key": func(p *peer) { p.send(p.press(5)[0]) },
		"comfort noise": func(p *peer) {
			noise := p.packet(1)
			noise.PayloadType = 13
			p.send(noise)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, pa, pb := talk(t, ports)
			told := make(chan struct{}, 8)
			first := media.NewFirst(func() { told <- struct{}{} })
			a.Route(&media.Route{Forward: []*media.Port{b}, First: first})
			send(pa)
			<-told
			a.Route(&media.Route{Forward: []*media.Port{b}, First: first}) // as another wiring carries it
			for range 3 {
				send(pa)
			}
			pa.say(7)
			for pb.hear().Payload[0] != 7 { // everything before it was taken too
			}
			if len(told) > 0 {
				t.Error("it was told again")
			}
		})
	}
}
