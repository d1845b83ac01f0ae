// Package hardware is the list of what can be plugged in, or stands beside the machine. Each kind of thing has its folder:
// families of radio modules (huawei, simcom, quectel, generic) over modem and at, vendors of SIP-GSM gateways (dinstar,
// goip) over gateway, ports and the USB bus, sound cards, the simulated network (gsmsim) and simulated gateways (gwsim). It
// talks to nothing itself. A new family is a folder and a line in families.go, a new vendor one in gateways.go. Start at
// Families and Gateways.
package hardware
