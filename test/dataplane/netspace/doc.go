// Package netspace makes network namespaces that have no name: nothing is left in /run/netns, and when the process
// ends, however it ends, they are gone. It needs root, or a user namespace in which it is root ([Rootless]).
package netspace
