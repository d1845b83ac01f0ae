package media

import "math"

// The low-pass that stands before 8000 Hz: flat to 3300 Hz, 80 dB down from 4000 Hz, where aliases begin.
const (
	cutoff    = 3650.0 // Hz, half amplitude
	crossings = 32     // zeros of the sinc on each side
	kaiser    = 8.0    // the window's shape: 80 dB
)

// resample brings mono sound from a rate of wavRates to 8000 Hz. Both rates divide their common multiple, so that the
// output meets the input at a fixed number of phases; each has its own row of coefficients.
func resample(in []float64, rate int) []float64 {
	if rate == SampleRate {
		return in
	}
	common := gcd(rate, SampleRate)
	up, down := SampleRate/common, rate/common
	half := int(math.Ceil(crossings * float64(rate) / (2 * cutoff)))
	rows := make([][]float64, up)
	for phase := range rows {
		rows[phase] = sincRow(half, float64(phase)/float64(up), 2*cutoff/float64(rate))
	}
	out := make([]float64, len(in)*up/down)
	for n := range out {
		at := n * down
		first := at/up - half + 1
		for k, weight := range rows[at%up] {
			if i := first + k; i >= 0 && i < len(in) {
				out[n] += in[i] * weight
			}
		}
	}
	return out
}

// sincRow is the windowed sinc around a point that lies a fraction of a sample after the middle one, with a sum of 1.
// Width is twice the cut-off as a share of the sample rate.
func sincRow(half int, fraction, width float64) []float64 {
	row := make([]float64, 2*half)
	sum := 0.0
	for k := range row {
		t := float64(k-half+1) - fraction
		weight := width
		if x := math.Pi * width * t; x != 0 {
			weight = width * math.Sin(x) / x
		}
		edge := t / float64(half)
		weight *= bessel(kaiser*math.Sqrt(max(0, 1-edge*edge))) / bessel(kaiser)
		row[k] = weight
		sum += weight
	}
	for k := range row {
		row[k] /= sum
	}
	return row
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
