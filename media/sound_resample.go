package media

import (
	"math"
	"sync"
)

// The low-pass that stands before 8000 Hz: flat to 3300 Hz, 80 dB down from 4000 Hz, where aliases begin.
const (
	cutoff    = 3650.0 // Hz, half amplitude
	crossings = 32     // zeros of the sinc on each side
	kaiser    = 8.0    // the window's shape: 80 dB
)

// filter is what brings one rate to 8000 Hz. Both rates divide their common multiple, so that the output meets the input
// at a fixed number of phases; each has its own row of coefficients.
type filter struct {
	up, down int
	rows     [][]float64
}

// filters are those of wavRates, each made when it is first used.
var filters = func() map[int]func() filter {
	all := map[int]func() filter{}
	for _, rate := range wavRates {
		all[rate] = sync.OnceValue(func() filter { return newFilter(rate) })
	}
	return all
}()

func newFilter(rate int) filter {
	common := gcd(rate, SampleRate)
	f := filter{up: SampleRate / common, down: rate / common}
	half := int(math.Ceil(crossings * float64(rate) / (2 * cutoff)))
	for phase := range f.up {
		f.rows = append(f.rows, sincRow(half, float64(phase)/float64(f.up), 2*cutoff/float64(rate)))
	}
	return f
}

// resample brings mono sound from a rate of wavRates to 8000 Hz. Beyond its ends there is silence.
func resample(in []float64, rate int) []float64 {
	if rate == SampleRate {
		return in
	}
	f := filters[rate]()
	out := make([]float64, len(in)*f.up/f.down)
	for n := range out {
		at := n * f.down
		row := f.rows[at%f.up]
		first := at/f.up - len(row)/2 + 1
		row = row[min(len(row), max(0, -first)):]
		first = max(0, first)
		out[n] = dot(row, in[min(first, len(in)):min(first+len(row), len(in))])
	}
	return out
}

// dot is the sum of the products of what both have.
func dot(a, b []float64) float64 {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	var even, odd float64
	for len(a) >= 2 && len(b) >= 2 {
		even += a[0] * b[0]
		odd += a[1] * b[1]
		a, b = a[2:], b[2:]
	}
	if len(a) > 0 && len(b) > 0 {
		even += a[0] * b[0]
	}
	return even + odd
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
