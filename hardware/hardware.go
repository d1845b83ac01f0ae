// Package hardware is the list of what can be plugged in. Each kind of thing has its folder: families of radio modules
// (huawei, simcom, quectel, generic) over modem and at, ports and the USB bus, sound cards, the simulated network. It
// talks to nothing itself. A new family is a folder and a line in families.go. Start at Families.
package hardware
