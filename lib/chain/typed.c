#include "chain/typed.h"

#include "chain/abi.h"
#include "hash/keccak256.h"

void typed_message(struct str text, uint8_t out[32])
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "\x19" "Ethereum Signed Message:\n");
	buf_addu(&b, text.n);
	buf_addstr(&b, text);
	typed_hash(&b, out);
	buf_release(&b);
}

void typed_put_text(struct buf *words, struct str text)
{
	uint8_t h[32];

	keccak256(text.p, text.n, h);
	abi_put_word(words, h);
}

void typed_hash(struct buf *words, uint8_t out[32])
{
	keccak256(words->p, words->n, out);
	buf_reset(words);
}

void typed_domain(struct str name, struct str version, uint64_t chain_id, const struct address *contract,
                  uint8_t out[32])
{
	struct buf b = BUF_INIT;

	typed_put_text(&b, STR("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"));
	typed_put_text(&b, name);
	typed_put_text(&b, version);
	abi_put_u64(&b, chain_id);
	abi_put_address(&b, contract);
	typed_hash(&b, out);
	buf_release(&b);
}

void typed_digest(const uint8_t domain[32], const uint8_t structure[32], uint8_t out[32])
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "\x19\x01");
	abi_put_word(&b, domain);
	abi_put_word(&b, structure);
	typed_hash(&b, out);
	buf_release(&b);
}
