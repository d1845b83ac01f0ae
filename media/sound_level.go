package media

import "math"

// Levels of what the house plays, in dB of full scale (root mean square).
const (
	speechLevel = -20.0 // while somebody speaks
	musicLevel  = -27.0 // under which a caller can still think
	ceiling     = 0.95  // no sample is beyond this share of full scale
	knee        = 0.60  // from here on samples are pressed together
	nothing     = 3e-4  // -70 dB: what is quieter is no sound, but the noise of whatever made the file
)

// speech makes a prompt: no silence around it, at the level of speech.
func speech(name string, voice []float64) Sound {
	level := activeLevel(voice)
	return Sound{name: name, alaw: encodeAt(trim(voice, level), level, speechLevel)}
}

// music makes a piece of music: all of it, at the level of music.
func music(name string, tune []float64) Sound {
	return Sound{name: name, alaw: encodeAt(tune, activeLevel(tune), musicLevel)}
}

// center takes a constant offset away.
func center(sound []float64) {
	mean := 0.0
	for _, s := range sound {
		mean += s / float64(len(sound))
	}
	for i := range sound {
		sound[i] -= mean
	}
}

// activeLevel is the root mean square of the frames in which there is sound at all: those that are no more than 15.9 dB
// below the result, the margin of ITU-T P.56. It is 0 for what is as good as silence.
func activeLevel(sound []float64) float64 {
	var powers []float64
	for at := 0; at < len(sound); at += FrameSamples {
		frame := sound[at:min(at+FrameSamples, len(sound))]
		powers = append(powers, power(frame))
	}
	const margin = 0.0257 // -15.9 dB
	level := power(sound)
	for range 20 { // each round leaves out more pauses; it settles in a few
		sum, active := 0.0, 0
		for _, p := range powers {
			if p > level*margin {
				sum += p
				active++
			}
		}
		if active == 0 || sum/float64(active) <= level*1.001 {
			break
		}
		level = sum / float64(active)
	}
	if level < nothing*nothing {
		return 0
	}
	return math.Sqrt(level)
}

// power is the mean square.
func power(sound []float64) float64 {
	sum := 0.0
	for _, s := range sound {
		sum += s * s
	}
	return sum / float64(max(1, len(sound)))
}

// trim cuts what is more than 40 dB below level from both ends, and leaves 20 ms before and 60 ms after the rest.
func trim(sound []float64, level float64) []float64 {
	const step, before, after = FrameSamples / 4, FrameSamples, 3 * FrameSamples
	quiet := level * level * 1e-4
	first, last := len(sound), 0
	for at := 0; at < len(sound); at += step {
		end := min(at+step, len(sound))
		if level > 0 && power(sound[at:end]) > quiet {
			first, last = min(first, at), end
		}
	}
	if last == 0 {
		return nil
	}
	return sound[max(0, first-before):min(len(sound), last+after)]
}

// encodeAt encodes sound of one level at another, in dB of full scale. Peaks above the knee are pressed together; where
// they would be pressed by more than 6 dB, all of it gets quieter instead.
func encodeAt(sound []float64, level, target float64) []byte {
	if level == 0 {
		return silentBytes(len(sound))
	}
	peak := 0.0
	for _, s := range sound {
		peak = max(peak, math.Abs(s))
	}
	gain := min(math.Pow(10, target/20)/level, 2*ceiling/peak)
	alaw := make([]byte, len(sound))
	for i, s := range sound {
		alaw[i] = EncodeALaw(int16(math.Round(press(s*gain) * math.MaxInt16)))
	}
	return alaw
}

// press leaves a sample alone up to the knee and bends the rest so that it nears the ceiling.
func press(s float64) float64 {
	over := math.Abs(s) - knee
	if over <= 0 {
		return s
	}
	const room = ceiling - knee
	return math.Copysign(knee+room*over/(over+room), s)
}

func silentBytes(n int) []byte {
	b := make([]byte, n)
	silence(b)
	return b
}
