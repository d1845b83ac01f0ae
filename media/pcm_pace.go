package media

import "time"

// lateFrame is how late a frame of a device may come and still count as coming in time: three frames, which covers two
// read at once and a hiccup of the scheduler.
const lateFrame = 3 * FrameTime

// paceWindow is over how many frames the least lag is looked for, 5 s: a clock 200 ppm off moves 1 ms in that time.
const paceWindow = 250

// pace follows the clock of a device by the frames that it gives, and tells a frame that comes late from one that never
// came. Both look alike when the first frame after a stall arrives. Sound that was held up on the way follows in a burst;
// where the frames go on at their usual pace, and still late, the time between is lost: the timestamps leave it out.
// Frames only ever come late, never early, so that the least lag of the last seconds is the device's own pace. It is owned by
// the goroutine that calls Say.
type pace struct {
	stamp   uint32 // RTP timestamp of the frame that came last
	begun   bool
	origin  time.Duration // when the first frame came; all times on Options.Now
	counted int64         // frames given and missed since, the first not counted
	last    time.Duration // when the last one came
	late    time.Duration // how late it was
	low     time.Duration // least lag in this window
	floor   time.Duration // least lag in the last one
	frames  int           // of this window
}

// frame takes the arrival of one. It returns how late it is, and how many frames before it will never come.
func (c *pace) frame(now time.Duration) (late time.Duration, missing int) {
	if !c.begun {
		c.begun, c.origin, c.last = true, now, now
		return 0, 0
	}
	c.counted++
	lag := now - c.origin - time.Duration(c.counted)*FrameTime
	c.low = min(c.low, lag)
	late = lag - min(c.low, c.floor)
	if late > lateFrame && c.late > lateFrame && now-c.last >= FrameTime/2 {
		missing = int(min(late, c.late) / FrameTime)
		c.counted += int64(missing)
		lag -= time.Duration(missing) * FrameTime
		late -= time.Duration(missing) * FrameTime
	}
	c.stamp += uint32(1+missing) * FrameSamples
	c.last, c.late = now, late
	if c.frames++; c.frames == paceWindow {
		c.frames, c.floor, c.low = 0, c.low, lag
	}
	return late, missing
}
