// Package turn decides which clusters of an installation may begin to renew nodes, and who waits
// for whom. It is pure: all that it knows is in the status of the PeeredClusters, so another
// manager continues where the last one stopped, and two replicas come to the same answer.
//
//   - [Ask] says whether a cluster that wants to begin may: as many others renew nodes as is
//     allowed, or one that comes before it is not finished, and it waits.
//   - [Next] says what becomes of a cluster's own turn. It is not taken away in the middle of a
//     rollout: only who cannot begin a node loses it, so that nobody waits for ever.
package turn
