/** Why a file as a whole is no dataset, as a sentence for whoever sent it. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}
