package outside

import (
	"roadline/media"
)

// frame is 20 ms of A-law, the unit in which a voice leaves a mouth and, relayed as it is, arrives at an ear.
type frame = [media.FrameSamples]byte

// Phrase is something that is said.
type Phrase struct {
	Name  string // "buyer: hello"
	Sound media.Sound
}

// Phrases are everything that the people of a world can say and understand. It does not change.
type Phrases struct {
	all    []Phrase
	byName map[string]int
	frames map[frame]place // what is heard of a phrase alone
}

// place is where in all phrases a frame is found.
type place struct {
	phrase int // -1: in several
	at     int
}

// loudEnough is the mean level, of 32767, from which a frame counts as heard: -44 dB of full scale.
const loudEnough = 200

// NewPhrases makes the phrases of a world. Of two with one name the later counts.
func NewPhrases(all ...Phrase) *Phrases {
	p := &Phrases{all: all, byName: map[string]int{}, frames: map[frame]place{}}
	for i, x := range all {
		p.byName[x.Name] = i
		source := media.Once(x.Sound)
		var f frame
		for at := 0; source.Frame(&f); at++ {
			if !isLoud(f[:]) {
				continue
			}
			if other, ok := p.frames[f]; ok && other.phrase != i {
				p.frames[f] = place{phrase: -1}
				continue
			}
			p.frames[f] = place{i, at}
		}
	}
	return p
}

func (p *Phrases) sound(name string) (media.Sound, bool) {
	i, ok := p.byName[name]
	if !ok {
		return media.Sound{}, false
	}
	return p.all[i].Sound, true
}

func isLoud(alaw []byte) bool {
	sum := 0
	for _, b := range alaw {
		s := int(media.DecodeALaw(b))
		sum += max(s, -s)
	}
	return sum > loudEnough*len(alaw)
}
