// Package chaos plays random schedules of mishaps, the same one for the same seed, and makes a schedule that fails as short
// as it can be. What can happen is a table that a suite gives ([Deck]); what it does to the world is the suite's to say. How
// a process comes to harm on its way to API servers and to AWS is the same for all suites:
//
//   - [Wire]: it is killed at any write, answers are lost, writes are refused, time out, or arrive after the process is gone;
//   - [Streams]: the API server's watches stall, or tell several changes as one;
//   - [Late]: a cache of objects shows changes late, not at all until it lists again, or several as one.
package chaos
