/* merkle - Merkle trees over Keccak-256, as contracts verify them.
 *
 *	node = keccak256(smaller . larger)
 *
 * so that a proof is siblings and nothing else: OpenZeppelin's MerkleProof.  There are two
 * shapes, for one and the same verifier:
 *
 *	levels   node 2 i and node 2 i + 1 of a level make node i of the next; the last one of an odd
 *	         number is carried up as it is, and no proof has a sibling there.  Leaves in the order
 *	         of the caller.  That of contracts/src/ClaimTree.sol.
 *	heap     node i has the children 2 i + 1 and 2 i + 2; node 0 is the root, and leaf k of n,
 *	         sorted by its bytes, is node 2 n - 2 - k.  OpenZeppelin's StandardMerkleTree.
 *
 * A leaf is to be something that no node can be: a hash of a hash, for instance.
 * Sources: OpenZeppelin Contracts 5, MerkleProof; @openzeppelin/merkle-tree 1.0, "standard-v1".
 * Vectors: t/unit/u-claims.c.
 */
#ifndef HASH_MERKLE_H
#define HASH_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash32 {
	uint8_t b[32];
};

/* merkle_node - the node over two; out may be one of them */
void merkle_node(const struct hash32 *a, const struct hash32 *b, struct hash32 *out);

/* ---- levels ---- */

/* merkle_size - nodes of all levels over n leaves, below 2 n + log2 n; 0 for none */
size_t merkle_size(size_t n);

/* merkle_levels - compute them.
 *
 *   node  merkle_size(n) of them, of which the first n are the leaves; then the next level, and
 *         so on, the last one being the root
 * O(n). */
void merkle_levels(struct hash32 *node, size_t n);

/* merkle_path - the numbers of the siblings of leaf k < n, from it up; at most 64.  Returns how many. */
size_t merkle_path(size_t n, size_t k, size_t out[64]);

/* ---- heap ---- */

/* merkle_heap - sort the n > 0 leaves, and compute.
 *
 *   leaf  in any order; they are sorted in place
 *   tree  out: 2 n - 1 nodes
 * O(n log n). */
void merkle_heap(struct hash32 *leaf, size_t n, struct hash32 *tree);

/* merkle_heap_path - the numbers of the siblings of node i of the tree, from it up */
size_t merkle_heap_path(size_t i, size_t out[64]);

/* merkle_heap_multi - what proves several leaves at once.
 *
 *   n      leaves of the tree
 *   at     m nodes of it which are leaves, each once; sorted in place, the highest number first,
 *          which is the order that the verifier takes the leaves in
 *   proof  out: numbers of the siblings that are needed, at most what merkle_heap_path gives for each
 *   flags  out: at each step true when both nodes are known; room for m - 1 + *n_proof, which n suffices for
 * Returns false when one is no leaf, or stands there twice. */
bool merkle_heap_multi(size_t n, size_t *at, size_t m, size_t *proof, size_t *n_proof, bool *flags, size_t *n_flags);

/* ---- for who verifies ---- */

/* merkle_climb - where a proof leads to from a leaf; out may be the leaf */
void merkle_climb(const struct hash32 *leaf, const struct hash32 *proof, size_t n, struct hash32 *out);

/* merkle_climb_multi - the same from m leaves; false when the numbers do not fit together */
bool merkle_climb_multi(const struct hash32 *leaf, size_t m, const struct hash32 *proof, size_t n_proof,
                        const bool *flags, size_t n_flags, struct hash32 *out);

#endif
