// Package sim is what every simulated AWS service shares: who calls, what time it is, what
// happens later, what can be seen from where, which calls fail, and the record of all calls.
package sim
